package dev.gatehouse.abuse;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A rule whose condition holds of a caller now.
 *
 * @param rule the rule's id in the catalogue
 * @param severity how much it asks for
 * @param caller whom it is about
 * @param model the model it is about, or null if it is about no single one
 * @param evidence what was measured, in words and numbers of ours; at most {@link
 *     #EVIDENCE_CHARS_MAX} characters
 * @param at when
 */
public record Alarm(
    String rule,
    Severity severity,
    CallerId caller,
    @Nullable ModelName model,
    String evidence,
    Instant at) {

  /** The longest evidence. */
  public static final int EVIDENCE_CHARS_MAX = 2_000;
}
