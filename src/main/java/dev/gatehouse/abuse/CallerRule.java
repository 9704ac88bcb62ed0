package dev.gatehouse.abuse;

import dev.gatehouse.core.Restraint;
import java.util.Optional;

/**
 * What the catalogue says of a rule that is about callers.
 *
 * @param id its id
 * @param severity how much its findings ask for
 * @param restraint what a caller is held to if the policy acts on it; empty if it never does
 * @param sign what it looks at
 * @param inProcess whether gateways judge by it themselves, not only Prometheus
 */
public record CallerRule(
    String id, Severity severity, Optional<Restraint> restraint, Sign sign, boolean inProcess) {}
