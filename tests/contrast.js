// Returns every visible text whose contrast against what is behind it is below `least`.
(least) => {
  const parse = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return {rgb: [red, green, blue], alpha};
  };
  const over = (front, back) =>
    front.rgb.map((value, i) => value * front.alpha + back[i] * (1 - front.alpha));
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    const color = parse(getComputedStyle(element).backgroundColor);
    return color.alpha === 1 ? color.rgb : over(color, behind(element.parentElement));
  };
  // Relative luminance and contrast ratio as WCAG 2 defines them.
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    seen += 1;
    const back = behind(element);
    const front = over(parse(getComputedStyle(element).color), back);
    const [dark, light] = [luminance(front), luminance(back)].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < least) found.push(`${texts.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return {seen, found};
}
