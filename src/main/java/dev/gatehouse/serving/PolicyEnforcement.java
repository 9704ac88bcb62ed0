package dev.gatehouse.serving;

import dev.gatehouse.abuse.response.Enforcement;
import dev.gatehouse.abuse.response.Finding;
import dev.gatehouse.abuse.response.Noted;
import dev.gatehouse.abuse.response.Proposal;
import dev.gatehouse.access.Callers;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Reason;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.metrics.GatewayMetrics;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Does for the policy of {@code abuse} what that may not do itself. */
final class PolicyEnforcement implements Enforcement {

  /** The action under which findings are in the record. */
  static final String CREATE = "findings.create";

  private static final String OK = "OK";

  private final Administration administration;
  private final Callers callers;
  private final RestrictionAdministration restrictions;
  private final GatewayMetrics metrics;

  PolicyEnforcement(
      Administration administration,
      Callers callers,
      RestrictionAdministration restrictions,
      GatewayMetrics metrics) {
    this.administration = administration;
    this.callers = callers;
    this.restrictions = restrictions;
    this.metrics = metrics;
  }

  @Override
  public boolean registered(CallerId caller) {
    try {
      return administration.read(() -> callers.get(caller)).id().equals(caller);
    } catch (RefusedException e) {
      if (e.refusal().reason() == Reason.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public Optional<Noted> record(Supplier<Optional<Noted>> note) {
    return administration.event(
        CREATE, OK, noted -> noted.filter(Noted::fresh).map(this::told), note);
  }

  private Administration.Told told(Noted noted) {
    Finding finding = noted.finding();
    String model = finding.model() == null ? "" : ", models/" + finding.model();
    return new Administration.Told(
        "findings/" + finding.id(),
        finding.rule()
            + " ("
            + lowerCase(finding.severity())
            + ", by "
            + lowerCase(finding.source())
            + "): callers/"
            + finding.caller()
            + model);
  }

  @Override
  public Outcome restrict(Proposal proposal, Function<Set<String>, Optional<Proposal>> without) {
    return switch (restrictions.restrictByPolicy(proposal, without)) {
      case RestrictionAdministration.Outcome.Restricted(var restriction) ->
          new Outcome.Restricted(restriction.id());
      case RestrictionAdministration.Outcome.Limited() -> new Outcome.Limited();
      case RestrictionAdministration.Outcome.Spared() -> new Outcome.Spared();
      case RestrictionAdministration.Outcome.Released() -> new Outcome.Released();
    };
  }

  @Override
  public void made(Finding finding) {
    metrics.findingMade(finding.rule(), lowerCase(finding.severity()), lowerCase(finding.source()));
  }

  @Override
  public void withheld(Withheld why) {
    metrics.responseWithheld(lowerCase(why));
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
