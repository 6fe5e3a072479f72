/** Turns what is typed into the headings that hold it. `headings` stands above, written by scripts/site.mjs. */
/* global headings */
const box = document.querySelector('search');
const input = box.querySelector('input');
const list = box.querySelector('ul');
let chosen = 0;

const fold = (text) => text.toLowerCase().normalize('NFKD');

/** Every word must occur, the first in the heading itself; what starts with it, and higher headings, come first. */
function find(query) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return headings
    .map((entry) => ({ entry, own: fold(entry.heading), whole: fold(`${entry.heading} ${entry.page}`) }))
    .filter(({ own, whole }) => own.includes(words[0]) && words.every((word) => whole.includes(word)))
    .map(({ entry, own }) => ({ entry, rank: entry.level - (own.startsWith(words[0]) ? 4 : 0) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, 30)
    .map(({ entry }) => entry);
}

function choose(index) {
  const items = [...list.querySelectorAll('[role=option]')];
  chosen = Math.max(0, Math.min(index, items.length - 1));
  items.forEach((item, i) => item.setAttribute('aria-selected', String(i === chosen)));
  items[chosen]?.scrollIntoView({ block: 'nearest' });
  if (items[chosen]) input.setAttribute('aria-activedescendant', items[chosen].id);
  else input.removeAttribute('aria-activedescendant');
}

function show() {
  const isAsked = input.value.trim() !== '';
  const found = find(input.value);
  list.replaceChildren(
    ...found.map(({ heading, page, address }, i) => {
      const item = document.createElement('li');
      item.id = `found-${i}`;
      item.role = 'option';
      item.dataset.address = address;
      const where = document.createElement('small');
      where.textContent = page;
      item.append(heading, where);
      return item;
    }),
  );
  if (isAsked && found.length === 0) {
    const none = document.createElement('li');
    none.className = 'none';
    none.textContent = 'No heading holds that.';
    list.append(none);
  }
  list.hidden = !isAsked;
  input.setAttribute('aria-expanded', String(isAsked));
  choose(0);
}

function go(item) {
  if (!item) return;
  list.hidden = true;
  input.setAttribute('aria-expanded', 'false');
  location.href = item.dataset.address;
}

box.hidden = false;
input.addEventListener('input', show);
input.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowDown') choose(chosen + 1);
  else if (event.key === 'ArrowUp') choose(chosen - 1);
  else if (event.key === 'Enter') go(list.querySelectorAll('[role=option]')[chosen]);
  else if (event.key === 'Escape') {
    input.value = '';
    show();
    return;
  } else return;
  event.preventDefault();
});
list.addEventListener('mousedown', (event) => event.preventDefault());
list.addEventListener('click', (event) => go(event.target.closest('[role=option]')));
input.addEventListener('blur', () => {
  list.hidden = true;
  input.setAttribute('aria-expanded', 'false');
});
input.addEventListener('focus', show);
document.addEventListener('keydown', (event) => {
  const isTyping = event.target.closest('input, textarea, select');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  input.focus();
});
