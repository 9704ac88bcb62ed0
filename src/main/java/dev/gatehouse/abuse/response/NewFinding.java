package dev.gatehouse.abuse.response;

import dev.gatehouse.abuse.Alarm;
import dev.gatehouse.abuse.Severity;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is found, the first time or again.
 *
 * @param rule the rule's id in the catalogue
 * @param severity how much it asks for
 * @param source who found it
 * @param caller whom it is about
 * @param model the model it is about, or null
 * @param evidence what was measured; at most {@link Alarm#EVIDENCE_CHARS_MAX} characters are kept
 * @param times how often it was found since it was last told of, at least once
 * @param firstTime when the first time
 * @param lastTime when the last time, not before that
 */
record NewFinding(
    String rule,
    Severity severity,
    Finding.Source source,
    CallerId caller,
    @Nullable ModelName model,
    String evidence,
    int times,
    Instant firstTime,
    Instant lastTime) {

  /** Cuts the evidence, and leaves only what can be printed of it. */
  NewFinding {
    evidence =
        evidence
            .substring(0, Math.min(evidence.length(), Alarm.EVIDENCE_CHARS_MAX))
            .replaceAll("\\p{Cntrl}", " ");
  }

  NewFinding withoutModel() {
    return new NewFinding(
        rule, severity, source, caller, null, evidence, times, firstTime, lastTime);
  }
}
