/** Turns a button into the choice between light and dark; until it is pressed, the system decides. */
const key = 'nb2mod-theme';

export function wireTheme(button: HTMLButtonElement): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = remembered();
  const apply = (): void => {
    const isDark = chosen === undefined ? system.matches : chosen === 'dark';
    if (chosen !== undefined) document.documentElement.dataset['theme'] = chosen;
    button.setAttribute('aria-pressed', String(isDark));
    button.textContent = isDark ? 'Light' : 'Dark';
    button.setAttribute('aria-label', 'Dark colours');
  };
  button.addEventListener('click', () => {
    chosen = button.getAttribute('aria-pressed') === 'true' ? 'light' : 'dark';
    apply();
    remember(chosen);
  });
  system.addEventListener('change', apply);
  apply();
}

/** Some browsers give a page that was opened from a file no storage. */
function remembered(): 'light' | 'dark' | undefined {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : undefined;
  } catch {
    return undefined;
  }
}

function remember(value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice then holds for as long as the page is open.
  }
}
