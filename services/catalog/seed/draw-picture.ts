import { mixed } from './colors.ts'
import { type Subject, shapes } from './shapes.ts'

/** A picture of a product as an SVG file of 800 by 800. */
export function drawPicture(subject: Subject): string {
  const { shape, color, title, chance } = subject
  const tones = {
    base: color,
    light: mixed(color, '#ffffff', 0.35),
    dark: mixed(color, '#14110d', 0.32),
  }
  const warm = chance('ground') > 0.5 ? '#e9e1d3' : '#dde4e2'
  const name = title.replaceAll('&', '&amp;')
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800" role="img">',
    `<title>${name}</title>`,
    `<defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="${mixed(warm, '#ffffff', 0.55)}"/>`,
    `<stop offset="1" stop-color="${warm}"/></linearGradient></defs>`,
    '<rect width="800" height="800" fill="url(#g)"/>',
    `<ellipse cx="400" cy="630" rx="250" ry="26" fill="${mixed(warm, '#3a342b', 0.22)}"/>`,
    shapes[shape](tones, subject),
    '</svg>\n',
  ].join('\n')
}
