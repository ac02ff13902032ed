import { mixed } from './colors.ts'

/** What a picture shows. */
export type Shape =
  | 'lamp'
  | 'cushion'
  | 'vase'
  | 'mug'
  | 'pot'
  | 'plate'
  | 'clock'
  | 'notebook'
  | 'bag'
  | 'tent'
  | 'shirt'
  | 'cap'
  | 'shoe'
  | 'card'
  | 'kettle'
  | 'flask'
  | 'bowl'
  | 'board'
  | 'chair'
  | 'rug'
  | 'pack'

/** What makes a picture this product's own. */
export type Subject = {
  shape: Shape
  title: string
  /** Of the product, as `#rrggbb`. */
  color: string
  /** From 0 to 1, the same for the same product: proportions and patterns. */
  chance(salt: string): number
}

/** A color with a lighter and a darker one. */
type Tones = { base: string; light: string; dark: string }
type Draw = (tones: Tones, subject: Subject) => string

const path = (fill: string, d: string) => `<path fill="${fill}" d="${d}"/>`
const line = (stroke: string, width: number, d: string) =>
  `<path fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round" d="${d}"/>`
const ellipse = (fill: string, [cx, cy, rx, ry]: readonly [number, number, number, number]) =>
  `<ellipse fill="${fill}" cx="${cx}" cy="${cy}" rx="${rx}" ry="${ry}"/>`
const box = (
  fill: string,
  [x, y, width, height, rx]: readonly [number, number, number, number, number],
) => `<rect fill="${fill}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${rx}"/>`

/** A number between two, by the subject's chance. */
const between = ({ chance }: Subject, salt: string, low: number, high: number) =>
  Math.round(low + chance(salt) * (high - low))

/** How each shape is drawn on 800 by 800, its foot at 620. */
export const shapes: Record<Shape, Draw> = {
  lamp: ({ base, light, dark }, subject) => {
    const flare = between(subject, 'flare', 60, 130)
    return [
      ellipse('#fff6d8', [400, 420, 210, 120]),
      path(base, `M${400 - flare} 200 H${400 + flare} L560 420 H240 Z`),
      path(light, `M${400 - flare} 200 H${400 - flare + 50} L300 420 H240 Z`),
      box(dark, [390, 420, 20, 170, 4]),
      box(dark, [300, 585, 200, 26, 13]),
    ].join('')
  },
  cushion: ({ base, light, dark }, subject) => {
    const gap = between(subject, 'gap', 46, 84)
    const rows = Array.from({ length: 5 }, (_, at) => 250 + at * gap).filter((y) => y < 570)
    return [
      path(base, 'M200 230 Q400 195 600 230 Q635 410 600 590 Q400 625 200 590 Q165 410 200 230 Z'),
      ...rows.map((y) =>
        line(subject.chance('dash') > 0.5 ? light : dark, 10, `M205 ${y} Q400 ${y - 25} 595 ${y}`),
      ),
      line(light, 4, 'M215 245 Q400 212 585 245'),
    ].join('')
  },
  vase: ({ base, light, dark }, subject) => {
    const waist = between(subject, 'waist', 40, 90)
    const belly = between(subject, 'belly', 110, 170)
    return [
      line('#6d7f52', 8, 'M400 300 C390 230 350 190 330 130 M400 300 C410 220 450 190 475 140'),
      ellipse('#8fa06e', [326, 128, 26, 44]),
      ellipse('#a9b98a', [478, 138, 24, 40]),
      path(
        base,
        `M${400 - waist} 290 C${400 - waist} 380 ${400 - belly} 400 ${400 - belly} 490 C${400 - belly} 580 330 610 330 610 H470 C470 610 ${400 + belly} 580 ${400 + belly} 490 C${400 + belly} 400 ${400 + waist} 380 ${400 + waist} 290 Z`,
      ),
      line(light, 14, `M${400 - belly + 34} 490 C${400 - belly + 34} 540 330 570 345 580`),
      ellipse(dark, [400, 290, waist, 14]),
    ].join('')
  },
  mug: ({ base, light, dark }, subject) =>
    [
      line(base, 34, 'M540 340 C650 330 650 500 535 500'),
      path(
        base,
        `M240 270 H560 L${between(subject, 'foot', 500, 545)} 590 Q400 615 ${between(subject, 'foot2', 255, 300)} 590 Z`,
      ),
      ellipse(dark, [400, 270, 160, 30]),
      ellipse('#5a3a28', [400, 276, 138, 22]),
      line(light, 12, 'M285 340 L298 540'),
      subject.chance('steam') > 0.4
        ? line('#ffffff', 10, 'M360 210 C340 180 380 160 360 130 M430 210 C410 180 450 160 430 130')
        : '',
    ].join(''),
  pot: ({ base, light, dark }, subject) => {
    const height = between(subject, 'height', 110, 230)
    return [
      line(
        dark,
        26,
        `M200 ${600 - height + 40} H130 M600 ${600 - height + 40} H${between(subject, 'handle', 670, 740)}`,
      ),
      path(base, `M195 ${600 - height} H605 V560 Q605 605 555 605 H245 Q195 605 195 560 Z`),
      ellipse(dark, [400, 600 - height, 205, 34]),
      subject.chance('lid') > 0.45
        ? path(light, `M200 ${596 - height} Q400 ${490 - height} 600 ${596 - height} Z`) +
          ellipse(dark, [400, 530 - height, 24, 16])
        : ellipse(mixed(dark, '#000000', 0.3), [400, 604 - height, 180, 26]),
      line(light, 10, `M230 ${640 - height} V560`),
    ].join('')
  },
  plate: ({ base, light, dark }, subject) => {
    const rim = between(subject, 'rim', 120, 165)
    const dots = Array.from({ length: 14 }, (_, at) => {
      const angle = (at / 14) * 2 * Math.PI
      return ellipse(dark, [
        Math.round(400 + Math.cos(angle) * 195),
        Math.round(410 + Math.sin(angle) * 195),
        6,
        6,
      ])
    })
    return [
      ellipse(dark, [400, 420, 236, 236]),
      ellipse(base, [400, 410, 232, 232]),
      subject.chance('dots') > 0.5 ? dots.join('') : '',
      ellipse(light, [400, 410, rim, rim]),
      ellipse(base, [400, 414, rim - 10, rim - 10]),
    ].join('')
  },
  clock: ({ base, light, dark }, subject) => {
    const [hour, minute] = [between(subject, 'hour', 0, 11), between(subject, 'minute', 0, 11)]
    const hand = (at: number, length: number) => {
      const angle = (at / 12) * 2 * Math.PI - Math.PI / 2
      return `M400 400 L${Math.round(400 + Math.cos(angle) * length)} ${Math.round(400 + Math.sin(angle) * length)}`
    }
    return [
      box(dark, [230, 570, 340, 40, 14]),
      box(base, [200, 200, 400, 400, between(subject, 'round', 30, 190)]),
      ellipse(light, [400, 400, 165, 165]),
      line(dark, 14, hand(hour, 85)),
      line(dark, 9, hand(minute, 130)),
      ellipse(base, [400, 400, 14, 14]),
    ].join('')
  },
  notebook: ({ base, light, dark }, subject) =>
    [
      box('#fbf8f0', [270, 190, 300, 420, 10]),
      box(base, [240, 180, 310, 430, 14]),
      box(dark, [240, 180, 46, 430, 14]),
      subject.chance('band') > 0.4 ? box(light, [490, 180, 16, 430, 2]) : '',
      box(light, [330, between(subject, 'label', 250, 330), 130, 70, 6]),
    ].join(''),
  bag: ({ base, light, dark }, subject) => {
    const top = between(subject, 'top', 270, 330)
    return [
      line(dark, 22, `M310 ${top} C300 ${top - 190} 500 ${top - 190} 490 ${top}`),
      path(
        base,
        `M210 ${top} H590 L${between(subject, 'foot', 590, 625)} 600 Q400 630 ${between(subject, 'foot2', 175, 210)} 600 Z`,
      ),
      box(dark, [270, top + 110, 260, 130, 16]),
      box(base, [280, top + 120, 240, 110, 10]),
      line(light, 6, `M225 ${top + 22} H575`),
    ].join('')
  },
  tent: ({ base, light, dark }, subject) => {
    const peak = between(subject, 'peak', 340, 460)
    return [
      path('#7c8a6a', 'M90 610 Q400 560 710 610 V640 H90 Z'),
      path(base, `M140 600 L${peak} 230 L660 600 Z`),
      path(light, `M${peak} 230 L660 600 H520 Z`),
      path(dark, `M${peak} 300 L${peak - 70} 600 H${peak + 70} Z`),
      line(dark, 6, `M${peak} 230 L110 620 M${peak} 230 L690 620`),
      ellipse('#f6d98a', [150, 190, 46, 46]),
    ].join('')
  },
  shirt: ({ base, light, dark }, subject) => {
    const stripes = Array.from({ length: 6 }, (_, at) => `M262 ${350 + at * 42} H538`)
    return [
      path(
        base,
        'M310 190 L400 235 L490 190 L640 280 L590 390 L545 360 V610 H255 V360 L210 390 L160 280 Z',
      ),
      subject.chance('stripes') > 0.66
        ? line(light, 14, stripes.join(' '))
        : line(dark, 5, 'M400 240 V605'),
      path(dark, 'M345 205 L400 235 L455 205 L400 275 Z'),
      subject.chance('pocket') > 0.4 ? box(dark, [440, 340, 66, 74, 6]) : '',
    ].join('')
  },
  cap: ({ base, light, dark }, subject) =>
    subject.chance('brim') > 0.5
      ? [
          path(base, 'M220 480 C220 250 560 250 570 480 Z'),
          path(dark, 'M540 470 C640 465 700 500 712 530 C640 520 560 520 500 490 Z'),
          line(light, 6, 'M395 312 V478 M300 345 C330 400 330 440 330 478'),
          ellipse(dark, [395, 308, 15, 9]),
        ].join('')
      : [
          path(base, 'M235 470 C220 220 580 220 565 470 Z'),
          box(dark, [215, 440, 370, 105, 40]),
          line(
            light,
            7,
            Array.from({ length: 9 }, (_, at) => `M${245 + at * 39} 452 V532`).join(' '),
          ),
        ].join(''),
  shoe: ({ base, light, dark }, subject) => {
    const collar = between(subject, 'collar', 230, 390)
    return [
      path('#f3efe6', 'M140 560 H660 Q690 560 680 600 Q670 620 640 620 H170 Q135 620 140 560 Z'),
      path(
        base,
        `M160 560 C140 480 175 ${collar + 30} 190 ${collar} H330 C360 430 450 450 560 470 C640 485 670 520 665 560 Z`,
      ),
      path(dark, `M190 ${collar} H330 L336 ${collar + 40} H182 Z`),
      line(light, 8, 'M350 440 L395 405 M390 455 L435 420 M430 467 L475 432'),
    ].join('')
  },
  kettle: ({ base, light, dark }, subject) => {
    const lid = between(subject, 'lid', 60, 100)
    return [
      line(dark, 22, 'M280 330 C270 160 530 160 520 330'),
      path(base, 'M560 400 C620 380 640 330 690 320 L700 345 C660 370 650 450 575 480 Z'),
      path(base, 'M290 330 H510 C600 400 620 520 560 600 H240 C180 520 200 400 290 330 Z'),
      path(light, 'M265 400 C235 450 230 520 255 570 L270 565 C255 520 258 460 285 410 Z'),
      ellipse(dark, [400, 330, lid + 40, 20]),
      ellipse(dark, [400, 302, 18, 18]),
    ].join('')
  },
  flask: ({ base, light, dark }, subject) => {
    const width = between(subject, 'width', 80, 125)
    return [
      subject.chance('handle') > 0.5
        ? line(
            dark,
            24,
            `M${400 + width} 340 C${540 + width} 350 ${540 + width} 520 ${400 + width} 520`,
          )
        : '',
      box(dark, [400 - width + 20, 180, 2 * width - 40, 80, 14]),
      box(base, [400 - width, 250, 2 * width, 365, 28]),
      box(light, [400 - width + 22, 280, 20, 300, 10]),
      box(dark, [400 - width, between(subject, 'ring', 330, 540), 2 * width, 22, 0]),
    ].join('')
  },
  bowl: ({ base, light, dark }, subject) => {
    const depth = between(subject, 'depth', 520, 610)
    return [
      box(dark, [330, depth - 6, 140, 30, 10]),
      path(
        base,
        `M170 380 H630 C630 ${depth - 60} 520 ${depth} 400 ${depth} C280 ${depth} 170 ${depth - 60} 170 380 Z`,
      ),
      ellipse(dark, [400, 380, 230, 46]),
      ellipse(light, [400, 390, 200, 32]),
    ].join('')
  },
  board: ({ base, light, dark }, subject) => {
    const grain = Array.from(
      { length: 5 },
      (_, at) =>
        `M230 ${300 + at * 62} Q400 ${280 + at * 62 + between(subject, `${at}`, 0, 40)} 570 ${300 + at * 62}`,
    )
    return [
      box(dark, [208, 248, 400, 360, 30]),
      box(base, [200, 240, 400, 360, 30]),
      line(light, 6, grain.join(' ')),
      subject.chance('hole') > 0.5 ? ellipse(dark, [550, 290, 20, 20]) : '',
    ].join('')
  },
  chair: ({ base, light, dark }, subject) => {
    const back = between(subject, 'back', 190, 260)
    return [
      line(dark, 16, `M290 ${back} L250 620 M540 450 L570 620 M270 620 L560 440 M300 440 L590 620`),
      path(base, `M270 ${back} L340 ${back - 12} L350 430 H560 L545 490 H300 Z`),
      line(light, 8, `M285 ${back + 60} L340 ${back + 50}`),
    ].join('')
  },
  rug: ({ base, light, dark }, subject) => {
    const stripes = Array.from({ length: 6 }, (_, at) =>
      box(at % 2 === 0 ? light : dark, [
        170,
        440 + at * 27,
        460,
        between(subject, `${at}`, 6, 18),
        0,
      ]),
    )
    return [
      path(base, 'M170 400 H630 V610 H170 Z'),
      stripes.join(''),
      box(base, [150, 330, 500, 100, 50]),
      ellipse(dark, [610, 380, 40, 50]),
      ellipse(light, [610, 380, 24, 30]),
      line(dark, 16, 'M290 330 V430'),
    ].join('')
  },
  pack: ({ base, light, dark }, subject) => {
    const top = between(subject, 'top', 190, 250)
    return [
      line(dark, 20, `M370 ${top} C370 ${top - 60} 430 ${top - 60} 430 ${top}`),
      path(
        base,
        `M260 ${top + 60} Q260 ${top} 330 ${top} H470 Q540 ${top} 540 ${top + 60} V570 Q540 620 490 620 H310 Q260 620 260 570 Z`,
      ),
      box(dark, [290, 430, 220, 150, 22]),
      box(base, [300, 440, 200, 130, 18]),
      line(light, 8, `M275 ${top + 120} H525 M310 480 H490`),
    ].join('')
  },
  card: ({ base, light, dark }) =>
    [
      box(dark, [178, 268, 460, 290, 26]),
      box(base, [165, 255, 460, 290, 26]),
      box(light, [165, 330, 460, 46, 0]),
      line(light, 10, 'M395 400 C330 380 345 450 395 430 C445 450 460 380 395 400 M395 430 V520'),
    ].join(''),
}
