package dev.gatehouse.abuse;

/**
 * What a rule looks at. Rules that look at the same thing from two sides agree by nature: together
 * they are one sign.
 */
public enum Sign {
  /** How much it asks for. */
  AMOUNT,
  /** What it asks for that it may not have. */
  DENIALS,
  /** How far its rows are from each other. */
  CLOSENESS,
  /** How far they are from the model's own. */
  NOVELTY,
  /** How undecided the model is about them. */
  BOUNDARY,
  /** Several signs of its rows at once. */
  EXTRACTION,
  /** When it calls. */
  HOURS,
  /** Where it calls from. */
  ORIGIN,
  /** How large its rows are. */
  PAYLOAD,
  /** What they cost. */
  COST,
  /** What it goes away from. */
  CANCELS
}
