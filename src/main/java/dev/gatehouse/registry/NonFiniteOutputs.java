package dev.gatehouse.registry;

/** What becomes of an answer whose floating-point outputs hold NaN or an infinity. */
public enum NonFiniteOutputs {
  /** It is given as it is. */
  PASS,
  /** The call is refused. */
  REFUSE
}
