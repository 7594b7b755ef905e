/** Formulas from outside, made harmless: only MathML elements and harmless attributes are kept. */

const NAMESPACE = "http://www.w3.org/1998/Math/MathML";

const ELEMENTS = new Set(
  (
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom " +
    "msub msup msubsup munder mover munderover mmultiscripts mprescripts " +
    "mtable mtr mtd semantics"
  ).split(" "),
);

const ATTRIBUTES = new Set(
  (
    "display displaystyle scriptlevel mathvariant mathcolor mathbackground mathsize dir " +
    "form fence separator stretchy symmetric largeop movablelimits lspace rspace minsize maxsize " +
    "accent accentunder linethickness width height depth voffset linebreak " +
    "columnalign rowalign columnspan rowspan columnspacing rowspacing columnlines rowlines class"
  ).split(" "),
);

/** The <math> element in a text, or null where there is none. */
export function sanitiseMathml(text: string): Element | null {
  const read = new DOMParser().parseFromString(text, "text/html").querySelector("math");
  return read === null ? null : copy(read);
}

function copy(element: Element): Element {
  const made = document.createElementNS(NAMESPACE, element.localName);
  for (const { name, value } of element.attributes) {
    if (ATTRIBUTES.has(name)) made.setAttribute(name, value);
  }
  for (const child of element.childNodes) {
    if (child instanceof Text) made.append(child.data);
    else if (child instanceof Element && isMathml(child)) made.append(copy(child));
  }
  return made;
}

function isMathml(element: Element): boolean {
  return element.namespaceURI === NAMESPACE && ELEMENTS.has(element.localName);
}
