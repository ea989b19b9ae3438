// Runs in the page: finds texts of a dialog that are cut off.
window.cutTexts = (selector) => {
  /** Width of the arrow of a select. */
  const ARROW = 24;
  const pencil = document.createElement('canvas').getContext('2d');
  const widthOf = (text, element) => {
    const { fontStyle, fontWeight, fontSize, fontFamily } = getComputedStyle(element);
    pencil.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
    return pencil.measureText(text).width;
  };
  const cutTextsOf = (element) => {
    if (element.offsetParent === null) return [];
    const style = getComputedStyle(element);
    const room = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (element instanceof HTMLSelectElement) {
      const texts = [...element.options].map((option) => option.text);
      return texts.filter((text) => widthOf(text, element) > room - ARROW);
    }
    if (element instanceof HTMLInputElement) {
      return widthOf(element.placeholder, element) > room + 1 ? [element.placeholder] : [];
    }
    const isCut = style.display !== 'inline' && element.scrollWidth > element.clientWidth + 1;
    return isCut ? [element.innerText] : [];
  };
  return [...document.querySelectorAll(selector)].flatMap(cutTextsOf);
};
