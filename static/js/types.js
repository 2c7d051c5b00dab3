// @ts-check
// The shapes that travel: the experiment (a plain JSON value), the catalog, and a decoded frame.

/**
 * @typedef {object} Init
 * @property {string | string[]} method
 * @property {number | null} scale
 * @property {number} bias
 * @property {number} seed
 * @property {object[] | null} parameters
 */

/**
 * @typedef {object} Nudge
 * @property {number} layer
 * @property {number} unit
 * @property {number | null} input
 * @property {number} by
 */

/** @typedef {{learning_rate: number, l2: number, beta: number, beta1: number, beta2: number, epsilon: number}} Settings */

/**
 * @typedef {object} Intervention
 * @property {number} step
 * @property {Partial<Settings>} [set]
 * @property {Nudge} [nudge]
 * @property {{layer: number, unit: number, input: number | null, to: number}} [edit]
 * @property {{layer: number, order: number[]}} [permute]
 * @property {{layer: number, unit: number}} [flip]
 */

/**
 * @typedef {object} Experiment
 * @property {{name: string, samples: number, noise: number | null, seed: number, positive_fraction: number,
 *   factor: number, classes: number, stretch: number, standardize: boolean, validation: number, test: number,
 *   points: number[][] | null}} data
 * @property {{hidden: number[], activation: string | string[], leak: number, relu_at_zero: number, features: string[]}} network
 * @property {Init} init
 * @property {Settings & {loss: string, optimizer: string, batch_size: number | null, seed: number, stop_change: number | null}} training
 * @property {string} arithmetic
 * @property {Intervention[]} interventions
 */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} title
 * @property {string} formula
 * @property {string} derivative
 * @property {string} description
 * @property {string} [note]  what a reader of the formula should know
 * @property {string} method
 * @property {number | null} scale
 * @property {number} noise
 * @property {boolean} uses_scale
 * @property {string[]} parameters
 * @property {string[]} settings  of an optimizer, beside the rate
 * @property {boolean} linear  of an optimizer: small deviations can be predicted
 * @property {boolean} odd  of an activation: g(-z) = -g(z)
 * @property {boolean} many_classes
 */

/**
 * @typedef {object} Range
 * @property {string} rule
 * @property {string} [about]
 * @property {number} [low]
 * @property {number} [high]
 */

/**
 * @typedef {object} Catalog
 * @property {string} version
 * @property {Row[]} activations
 * @property {Row[]} datasets
 * @property {Row[]} initializers
 * @property {Row[]} starts
 * @property {Row[]} optimizers
 * @property {Row[]} losses
 * @property {Row} softmax_loss  the loss where there are more than two classes
 * @property {Row[]} penalties
 * @property {Row[]} features
 * @property {Row[]} panels
 * @property {Row[]} arithmetics
 * @property {{name: string, title: string, description: string, experiment: Experiment}[]} presets
 * @property {Experiment} defaults
 * @property {Record<string, Record<string, Range>>} fields
 * @property {Record<string, string>} sentences
 * @property {{name: string, title: string}[]} languages
 */

/**
 * @typedef {object} Symmetry
 * @property {number} layer
 * @property {number} units
 * @property {number} distinct
 * @property {number} spread
 * @property {number | null} alike
 * @property {number[]} classes
 */

/** @typedef {Float64Array | Float32Array | Uint8Array | Int32Array} Numbers */

/**
 * @typedef {object} Buffer
 * @property {Numbers} values
 * @property {number[]} shape
 */

/**
 * @typedef {object} Phrase
 * @property {string} key
 * @property {Record<string, string | number | Phrase>} values
 */

/**
 * One lane of a frame.
 * @typedef {object} Lane
 * @property {number} step
 * @property {number} cost
 * @property {number} accuracy
 * @property {Settings} settings  in force
 * @property {Record<string, {cost: number, accuracy: number}>} held_back  validation and test, where there are such points
 * @property {boolean} converged
 * @property {[number, number][]} jumps  for the latest permutes and flips: which intervention, and how far the output jumped
 * @property {number[]} [parts]  how many points train, validate and test, in this order
 * @property {Symmetry[]} symmetry
 * @property {{saturated: number, dead: number, gradient_norm: number}[]} health
 * @property {{step: number, reason: string} | null} diverged
 * @property {[number[][], number[][]]} [one_layer]  W′ and b′, where all hidden layers are linear
 * @property {Phrase[]} phrases
 * @property {string} sentence
 * @property {{x1: [number, number], x2: [number, number]}} plane
 * @property {[number, number][]} ranges
 * @property {number} kept
 * @property {Experiment} [experiment]
 * @property {any} [panel]  the numbers of the open tab
 * @property {Record<string, Buffer>} buffers
 */

/**
 * @typedef {object} Frame
 * @property {number} frame
 * @property {number} request
 * @property {number} step
 * @property {boolean} playing
 * @property {number | null} speed
 * @property {boolean} scene
 * @property {Lane[]} lanes
 */

/**
 * The points of a lane, which travel only when they change.
 * @typedef {object} Scene
 * @property {Float64Array} x1
 * @property {Float64Array} x2
 * @property {Uint8Array} labels
 * @property {Int32Array} shown
 * @property {number[]} parts
 */

/**
 * How a lane's nudges grow, as predicted from the run without them.
 * @typedef {object} Escape
 * @property {number[]} step
 * @property {Record<string, number[]>} predicted  the spread of each hidden layer
 * @property {(number | null)[]} doubling_steps
 * @property {number[]} stored  what the rounded weight took of each nudge
 * @property {number | null} valid_until
 * @property {string} problem  why there is none
 */

/** @typedef {"" | "restart" | "full" | "address" | "messages"} LostReason */

/**
 * A class that looks at one run together, as this page takes part in it.
 * @typedef {object} Room
 * @property {"present" | "follow"} role
 * @property {string} code
 * @property {boolean} on  who follows: rather than on their own for a while
 * @property {"waiting" | "live" | "away" | "apart" | "unknown" | "closed" | "full" | "taken" | "refused"} link
 * @property {string} why
 * @property {number} followers
 * @property {boolean} alone  other servers, whose pages may follow too, cannot be reached
 * @property {{lesson: string, revealed: boolean} | null} question
 * @property {number[] | null} counts  of each answer; followers see them with the right answer
 * @property {number | null} answer  this page's own
 * @property {number} round  changes when the server has forgotten the answers
 */

/**
 * @typedef {object} State
 * @property {Catalog} catalog
 * @property {Experiment[]} lanes
 * @property {Frame | null} frame
 * @property {Scene[]} scenes
 * @property {import("./history.js").History[]} histories
 * @property {number} step
 * @property {number} furthest  the last step these runs have been seen at
 * @property {boolean} playing
 * @property {number | null} speed
 * @property {number | null} until
 * @property {"connecting" | "open" | "lost"} connection
 * @property {string | null} error
 * @property {LostReason} lostReason  why the connection was lost, where the server said so
 * @property {{step: number, goal: number} | null} progress
 * @property {boolean} inviting
 * @property {number} layer
 * @property {string} panel  the open tab
 * @property {number} example  the training point that By hand shows
 * @property {[number, number]} corner  the first unit and input that the tables of weights show
 * @property {{layer: number, pair: [number, number]}} space  what Hidden space shows: a layer, 0 for the inputs, and two of its units
 * @property {{lane: number, point: [number, number, number] | null, script: boolean}} hand  what By hand shows: a lane, a typed point instead of the example, whether its script is asked for
 * @property {import("./views/hand.js").Spot | null} spot  what is pointed at in By hand or in the network
 * @property {(Escape | null)[]} escapes  by lane
 * @property {boolean} lines  whether the units' lines are drawn in the plane
 * @property {string | null} note  what the last action has come to
 * @property {Room | null} room
 * @property {"light" | "dark"} theme
 */

export {};
