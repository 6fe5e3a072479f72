/** Turns a tag's name, attributes and children into an element. Text only ever becomes text: nothing here reads HTML. */
export type Child = Node | string | number | undefined;

type Listener = (event: Event) => void;

/** A function listens to the event of its name; true is an attribute without a value, undefined and false are none. */
export type Attributes = Readonly<Record<string, string | number | boolean | Listener | undefined>>;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  return fill(document.createElement(name), attributes, children);
}

export function drawn<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Name] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill<Made extends Element>(made: Made, attributes: Attributes, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value !== undefined && value !== false)
      made.setAttribute(name, value === true ? '' : `${value}`);
  }
  for (const child of children)
    if (child !== undefined) made.append(typeof child === 'number' ? `${child}` : child);
  return made;
}
