import type { Shape } from './shapes.ts'

/** What the products of a category have in common. */
export type Range = {
  shape: Shape
  /** Options beside the color, with the share of the price by which each value adds. */
  option?: {
    name: string
    values: Readonly<Record<string, number>>
    /** The share of the weight by which a value adds, where it does. */
    heavier?: Readonly<Record<string, number>>
  }
  /** What every description ends with. */
  care: string
  /** `Title | Brand | price in USD | grams | material | colors | first sentence | shape, if it is another`. */
  lines: string
}

/** Ranges by the slug of their category. */
export const ranges: Readonly<Record<string, Range>> = {
  lighting: {
    shape: 'lamp',
    care: 'Takes an E27 bulb of up to 60 W. Wipe with a dry cloth.',
    lines: `
Harbour Table Lamp | Lumen & Oak | 89 | 2100 | Brass | Brass, Black | A weighty base and a linen shade for the corner where you read.
Pebble Night Light | Lumen & Oak | 34 | 350 | Glass | White, Amber | A smooth glass stone that glows just enough to find the door.
Foundry Desk Lamp | Ironside | 119 | 1700 | Steel | Black, Red | Two joints, one switch, and light exactly where the work is.
Paper Moon Pendant | Kite Studio | 75 | 450 | Paper | White | Folded by hand from one sheet, and as light as it looks.
Tripod Floor Lamp | Lumen & Oak | 189 | 5800 | Oak | Oak, Walnut | Three turned legs that stand on any floor.
Clip Reading Light | Ironside | 27 | 240 | Steel | Black, White, Green | Bites onto shelves and headboards and leaves no mark.
Lantern No. 4 | Kite Studio | 58 | 1150 | Glass | Smoke, Clear | For candles indoors and wind outdoors.
Dune Wall Sconce | Terra Works | 97 | 1300 | Ceramic | Sand, White | Throws a soft curve of light up the wall.
Library Banker Lamp | Ironside | 139 | 2900 | Brass | Green, Amber | The classic shade, with a pull chain that clicks.`,
  },
  'blankets-cushions': {
    shape: 'cushion',
    care: 'Wash cold, dry flat.',
    lines: `
Fjord Wool Blanket | Northwind | 129 | 1100 | Wool | Grey, Blue, Cream | Woven in one mill from undyed and piece-dyed wool. | rug
Meadow Cushion | Loom House | 39 | 550 | Linen | Green, Mustard | Stonewashed linen with a hidden zip.
Cloud Throw | Loom House | 79 | 1300 | Cotton | White, Rose | A loose knit that is heavier than it looks. | rug
Herringbone Plaid | Northwind | 98 | 950 | Wool | Charcoal, Camel | The pattern never goes out, and neither does the warmth. | rug
Corduroy Floor Cushion | Loom House | 64 | 2400 | Cotton | Rust, Olive | A seat when there are more guests than chairs.
Quilted Bedspread | Kite Studio | 159 | 2200 | Cotton | Indigo, Sand | Hand-guided stitching over a light filling. | rug
Picnic Rug | Northwind | 69 | 1250 | Wool | Red, Green | Rolls up with its own strap. | rug
Velvet Bolster | Loom House | 45 | 800 | Velvet | Plum, Teal | For the side of the sofa that everybody wants.
Baby Blanket | Northwind | 54 | 400 | Merino | Cream, Mint | So soft that it gets borrowed by grown-ups. | rug`,
  },
  vases: {
    shape: 'vase',
    option: { name: 'Size', values: { Small: 0, Large: 0.6 }, heavier: { Large: 1.1 } },
    care: 'Watertight. Rinse by hand.',
    lines: `
Reed Vase | Terra Works | 42 | 850 | Stoneware | Sand | Tall and narrow, for grasses and single stems.
Bulb Vase | Terra Works | 29 | 400 | Glass | Clear | Watch a hyacinth grow its roots.
Tide Carafe Vase | Kite Studio | 48 | 750 | Glass | Blue | Blown thick at the base, thin at the rim.
Moss Planter | Terra Works | 36 | 900 | Terracotta | Green | With a saucer that belongs to it. | bowl
Column Vase | Kite Studio | 66 | 1600 | Ceramic | White | Fluted like something old, glazed like something new.
Ember Bowl Vase | Terra Works | 52 | 1100 | Stoneware | Rust | Low and wide, for branches that lean. | bowl
Bottle Vase | Kite Studio | 33 | 480 | Glass | Amber | One flower is enough.
Twin Neck Vase | Terra Works | 59 | 1200 | Ceramic | Black | Two stems that keep their distance.
Ribbed Planter | Terra Works | 44 | 1400 | Terracotta | Cream | Deep enough for a fig. | bowl`,
  },
  'coffee-tea': {
    shape: 'mug',
    care: 'Dishwasher-safe.',
    lines: `
Sunrise Mug | Terra Works | 18 | 380 | Stoneware | Yellow, White, Blue | Holds 350 ml and the warmth.
Café French Press | Brew & Co | 49 | 850 | Glass | Black, Copper | Eight cups, a fine mesh, and nothing to plug in. | flask
Pour-Over Cone | Brew & Co | 28 | 420 | Ceramic | White, Black | Slows the morning down by four minutes. | bowl
Cast Iron Teapot | Ironside | 72 | 1650 | Cast iron | Black, Green | Keeps tea hot through a long conversation. | kettle
Espresso Cups | Terra Works | 32 | 620 | Porcelain | White, Red | Four of them, none alike.
Burr Hand Grinder | Brew & Co | 84 | 480 | Steel | Steel | Twelve settings from moka to press. | flask
Moka Pot | Brew & Co | 39 | 560 | Aluminium | Silver, Red | Three cups, one hiss. | kettle
Gooseneck Kettle | Brew & Co | 64 | 900 | Steel | Steel, Black | Pours a thread of water where you point it. | kettle
Tea Tin Trio | Kite Studio | 26 | 350 | Tin | Mint, Rose | Three lids that close with a breath. | flask`,
  },
  cookware: {
    shape: 'pot',
    option: {
      name: 'Size',
      values: { '20 cm': 0, '24 cm': 0.25, '28 cm': 0.5 },
      heavier: { '24 cm': 0.35, '28 cm': 0.75 },
    },
    care: 'For every hob, induction too, and the oven up to 250 °C.',
    lines: `
Forge Skillet | Ironside | 45 | 1600 | Cast iron | Black | Gets better every time it is used.
Copper Saucepan | Maison Rive | 139 | 1300 | Copper | Copper | Heats at once and stops at once.
Everyday Frying Pan | Ironside | 59 | 850 | Steel | Steel | Five layers, no coating, no fuss.
Dutch Oven | Maison Rive | 169 | 3200 | Cast iron | Red | For bread on Sundays and stew on Mondays.
Stock Pot | Ironside | 84 | 1900 | Steel | Steel | Room for bones, roots and an afternoon.
Crêpe Pan | Maison Rive | 38 | 650 | Carbon steel | Black | Flat as a plate, quick as a wink.
Wok | Ironside | 54 | 1200 | Carbon steel | Black | Round below, for fire. | bowl
Sauté Pan | Maison Rive | 92 | 1350 | Steel | Steel | High sides, tight lid.
Roasting Tin | Ironside | 48 | 1100 | Enamel | Blue | Deep corners where the good bits collect. | bowl`,
  },
  tableware: {
    shape: 'plate',
    care: 'Dishwasher-safe. Stacks.',
    lines: `
Speckle Dinner Plates | Terra Works | 56 | 2600 | Stoneware | Cream, Grey | Four plates with the kiln's own freckles.
Rim Pasta Bowls | Terra Works | 64 | 2900 | Stoneware | White, Blue | A wide rim keeps the sauce where it belongs. | bowl
Oak Serving Board | Grain | 39 | 950 | Oak | Oak | Bread on one side, cheese on the other. | board
Linen Napkins | Loom House | 34 | 280 | Linen | White, Sage, Rust | Four of them, hemmed by hand. | board
Water Glasses | Kite Studio | 36 | 1500 | Glass | Clear, Smoke | Six that stack without sticking. | flask
Olive Spoon Set | Grain | 29 | 120 | Olive wood | Olive | Each grain is the only one. | board
Bistro Cutlery | Maison Rive | 118 | 1650 | Steel | Steel, Black | Sixteen pieces for four.
Salad Bowl | Grain | 58 | 1400 | Acacia | Acacia | Big enough to toss in. | bowl
Butter Dish | Terra Works | 27 | 620 | Porcelain | White, Yellow | Soft butter, always. | bowl`,
  },
  desk: {
    shape: 'clock',
    care: 'Comes assembled.',
    lines: `
Quarter Desk Clock | Lumen & Oak | 58 | 450 | Oak | Oak, Black | No ticking. Just the time.
Felt Desk Mat | Loom House | 42 | 400 | Felt | Grey, Navy | Quiet under keys, warm under wrists. | board
Monitor Stand | Grain | 79 | 2600 | Walnut | Walnut, Oak | Lifts the screen and hides the clutter. | board
Cable Weights | Ironside | 24 | 240 | Zinc | Black, Brass | They stay, so the cables do.
Pen Tray | Grain | 32 | 380 | Walnut | Walnut | A groove for each that matters. | board
Letter Stand | Ironside | 37 | 750 | Steel | White, Black | For what should not be forgotten. | board
Standing Timer | Kite Studio | 29 | 110 | ABS | Red, White | Turn it over, and twenty-five minutes begin.
Bookends | Ironside | 46 | 1500 | Steel | Black, Green | Two that never lean. | notebook
Laptop Sleeve | Loom House | 49 | 260 | Felt | Grey, Rust | Snug, with no zip to scratch. | board`,
  },
  stationery: {
    shape: 'notebook',
    option: { name: 'Paper', values: { Plain: 0, Dotted: 0, Ruled: 0 } },
    care: 'Paper of 100 g/m², kind to fountain pens.',
    lines: `
Field Notebook | Foolscap | 14 | 110 | Paper | Green | Fits a back pocket and survives it.
Everyday Journal | Foolscap | 22 | 280 | Paper | Navy | Opens flat on any page.
Sketchbook A4 | Foolscap | 28 | 420 | Paper | Black | Thick pages that forgive erasing.
Reporter Pad | Foolscap | 9 | 90 | Paper | Red | Flips over the top.
Project Planner | Foolscap | 26 | 340 | Paper | Sand | A page for each week, a line for each day.
Linen Notebook | Loom House | 32 | 320 | Linen | Rust | Bound in the offcuts of our cushions.
Desk Pad | Foolscap | 18 | 380 | Paper | White | Sixty sheets, one big thought each.
Travel Diary | Foolscap | 24 | 230 | Leather | Brown | An elastic band and a pocket for tickets.
Recipe Book | Foolscap | 29 | 520 | Cloth | Yellow | Room for stains, and for notes about them.`,
  },
  bags: {
    shape: 'bag',
    care: 'Spot-clean. Wax again once a year.',
    lines: `
Harbour Tote | Wharf | 49 | 450 | Canvas | Natural, Navy | Carries the market home.
Day Pack 18 L | Wharf | 98 | 850 | Canvas | Olive, Black | One large pocket, one small, and no dangling straps. | pack
Weekender | Wharf | 179 | 1400 | Waxed cotton | Brown, Olive | Two nights, a book and boots.
Messenger Bag | Wharf | 129 | 950 | Canvas | Grey, Navy | Swings round when you need it.
Roll-Top Backpack | Summit | 139 | 1150 | Recycled nylon | Black, Orange | Rolls down small, opens up tall. | pack
Belt Bag | Summit | 39 | 220 | Recycled nylon | Black, Teal | Hands free for everything else.
Dry Bag 20 L | Summit | 34 | 180 | Nylon | Yellow, Blue | What is inside stays dry, whatever happens. | flask
Wash Bag | Wharf | 44 | 320 | Waxed cotton | Olive, Brown | Stands open by the basin.
Folding Shopper | Summit | 19 | 70 | Recycled nylon | Red, Navy, Mint | Lives in a pocket the size of a plum.`,
  },
  camping: {
    shape: 'tent',
    care: 'Dry before you pack it away.',
    lines: `
Trail Tent | Summit | 289 | 2700 | Ripstop nylon | Green, Orange | Up in four minutes, alone, in the wind.
Three-Season Sleeping Bag | Summit | 169 | 1250 | Down | Blue, Red | Comfortable to minus two. | rug
Camp Stove | Ironside | 74 | 480 | Steel | Steel | Boils a litre while you look for the cups. | pot
Enamel Mug | Ironside | 14 | 160 | Enamel | White, Blue, Green | Chips with honour. | mug
Folding Chair | Summit | 89 | 2900 | Aluminium | Grey, Olive | Sits low, packs lower. | chair
Tarp 3 × 3 m | Summit | 79 | 780 | Ripstop nylon | Olive, Sand | A roof wherever there are two trees.
Head Torch | Lumen & Oak | 42 | 95 | ABS | Black, Yellow | 300 lumens and a red light for the others' sake. | lamp
Hammock | Summit | 65 | 650 | Nylon | Teal, Orange | Carries 180 kg and an afternoon.
Vacuum Flask | Ironside | 38 | 420 | Steel | Green, Steel | Twelve hours hot, twenty-four cold. | flask`,
  },
  tops: {
    shape: 'shirt',
    option: {
      name: 'Size',
      values: { S: 0, M: 0, L: 0, XL: 0 },
      heavier: { M: 0.05, L: 0.1, XL: 0.15 },
    },
    care: 'Wash at 30 °C with like colors.',
    lines: `
Linen Shirt | Northwind | 79 | 210 | Linen | White, Blue | Breathes, creases, and looks right doing it.
Oxford Shirt | Northwind | 69 | 260 | Cotton | Blue, White | The one that goes with everything.
Heavy T-Shirt | Wharf | 32 | 230 | Cotton | White, Black | 240 g/m², and it keeps its shape.
Merino Crewneck | Northwind | 119 | 340 | Merino | Charcoal, Green | Warm when it is cold, cool when it is not.
Breton Top | Wharf | 54 | 240 | Cotton | Navy, Red | Stripes as they should be.
Overshirt | Wharf | 109 | 620 | Canvas | Olive, Brown | Half jacket, half shirt, all pockets.
Fleece Pullover | Summit | 89 | 430 | Recycled fleece | Sand, Teal | For the walk to the lake.
Flannel Shirt | Northwind | 74 | 330 | Cotton | Red, Grey | Brushed on both sides.
Rain Shell | Summit | 159 | 360 | Recycled nylon | Yellow, Black | Three layers, taped seams, a hood that turns with you.`,
  },
  hats: {
    shape: 'cap',
    care: 'Wash by hand.',
    lines: `
Watch Cap | Northwind | 28 | 75 | Merino | Navy, Rust, Grey | Rolls twice, sits once.
Wool Baseball Cap | Wharf | 39 | 95 | Wool | Green, Charcoal | No logo.
Straw Hat | Wharf | 59 | 110 | Raffia | Natural | Wide enough for the nose.
Bucket Hat | Summit | 34 | 90 | Recycled nylon | Sand, Black | Sheds rain and sun.
Fisherman Beanie | Northwind | 32 | 85 | Wool | Yellow, Navy | Short, so the ears hear the bell.
Felt Fedora | Northwind | 98 | 140 | Felt | Brown, Black | Made on blocks a century old.
Running Cap | Summit | 29 | 55 | Polyester | White, Orange | Weighs less than an egg.
Earflap Hat | Summit | 49 | 120 | Fleece | Red, Grey | For days when vanity freezes.
Cycling Cap | Wharf | 26 | 50 | Cotton | Blue, White | Peak up for the climb, down for the rest.`,
  },
  shoes: {
    shape: 'shoe',
    option: {
      name: 'Size',
      values: { 38: 0, 40: 0, 42: 0, 44: 0 },
      heavier: { 40: 0.07, 42: 0.14, 44: 0.21 },
    },
    care: 'Soles can be replaced.',
    lines: `
Canvas Sneaker | Wharf | 69 | 780 | Canvas | White | A plain shoe, well made.
Trail Runner | Summit | 129 | 620 | Recycled mesh | Orange | Grips mud, drains water.
Desert Boot | Wharf | 139 | 950 | Suede | Sand | Two eyelets and a crepe sole.
Chelsea Boot | Wharf | 179 | 1150 | Leather | Black | Pulls on, looks sharp.
House Slippers | Loom House | 49 | 420 | Felt | Grey | Felted in one piece around a last.
Hiking Boot | Summit | 199 | 1350 | Leather | Brown | Over the ankle, over the pass.
Espadrilles | Wharf | 45 | 380 | Canvas | Navy | Jute soles that sound like holidays.
Rain Boot | Wharf | 79 | 1600 | Rubber | Yellow | Puddles are invited.
Leather Sandal | Wharf | 89 | 520 | Leather | Tan | Three straps, many summers.`,
  },
  'gift-cards': {
    shape: 'card',
    option: { name: 'Value', values: { 25: 0, 50: 1, 100: 3 } },
    care: 'Sent by e-mail. Valid for three years.',
    lines: `
Gift Card | Acme | 25 | 0 | Digital | Red | For those who know best what they like.
Birthday Card | Acme | 25 | 0 | Digital | Teal | Candles not included.
Thank-You Card | Acme | 25 | 0 | Digital | Mustard | Says it, and lets them choose.`,
  },
}
