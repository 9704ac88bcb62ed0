package dev.gatehouse.abuse.response;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One alert as Alertmanager tells of it; nothing of it is checked yet but its form.
 *
 * @param fingerprint what identifies it among alerts; empty if it has none
 * @param firing whether it says that it holds
 * @param startsAt since when, or null if that is no time
 * @param endsAt until when, or null if it has not ended or that is no time
 * @param rule its label {@code rule}, or empty
 * @param caller its label {@code caller}, or empty
 * @param model its label {@code model}, or empty
 */
public record ReportedAlert(
    String fingerprint,
    boolean firing,
    @Nullable Instant startsAt,
    @Nullable Instant endsAt,
    String rule,
    String caller,
    String model) {}
