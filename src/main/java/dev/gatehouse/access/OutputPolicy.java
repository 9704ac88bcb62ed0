package dev.gatehouse.access;

/**
 * What of one output of a model is given. Shape and datatype stay; what is withheld is overwritten.
 *
 * @param output the output's name; empty for every output that no other policy of the grant names
 * @param detail how much is given
 * @param topK with {@link Detail#TOP_K}, how many scores of each row; 1 to {@link #TOP_K_MAX}, else
 *     0
 * @param decimals with {@link Detail#ROUNDED}, decimal places; 0 to {@link #DECIMALS_MAX}, else 0
 * @param scores what the scores are
 */
public record OutputPolicy(String output, Detail detail, int topK, int decimals, Scores scores) {

  /** The most policies of a grant. */
  public static final int POLICIES_MAX = 16;

  /** The largest {@link #topK}. */
  public static final int TOP_K_MAX = 1000;

  /** The largest {@link #decimals}. */
  public static final int DECIMALS_MAX = 6;

  /** How much of an output is given, the least first. */
  public enum Detail {
    /** 1 for the greatest score of each row, 0 for the others. */
    LABEL_ONLY,
    /** The greatest scores of each row. */
    TOP_K,
    /** Rounded scores. */
    ROUNDED,
    /** All of it as it is. */
    ALL
  }

  /** What the numbers of an output are. */
  public enum Scores {
    /** They sum up to one in each row. */
    PROBABILITIES,
    /** Any numbers, which softmax makes probabilities of. */
    LOGITS
  }
}
