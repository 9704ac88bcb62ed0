package dev.gatehouse.edge;

import dev.gatehouse.access.NewRestriction;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Restraint;
import dev.gatehouse.registry.Page;
import dev.gatehouse.serving.FindingReading;
import dev.gatehouse.serving.RestrictionAdministration;
import dev.gatehouse.serving.RuleSimulation;
import dev.gatehouse.stubs.admin.v1.AbuseServiceGrpc;
import dev.gatehouse.stubs.admin.v1.Finding;
import dev.gatehouse.stubs.admin.v1.GetFindingRequest;
import dev.gatehouse.stubs.admin.v1.GetRestrictionRequest;
import dev.gatehouse.stubs.admin.v1.ListFindingsRequest;
import dev.gatehouse.stubs.admin.v1.ListFindingsResponse;
import dev.gatehouse.stubs.admin.v1.ListRestrictionsRequest;
import dev.gatehouse.stubs.admin.v1.ListRestrictionsResponse;
import dev.gatehouse.stubs.admin.v1.ReleaseCallerRequest;
import dev.gatehouse.stubs.admin.v1.RestrictCallerRequest;
import dev.gatehouse.stubs.admin.v1.Restriction;
import dev.gatehouse.stubs.admin.v1.SimulateRulesRequest;
import dev.gatehouse.stubs.admin.v1.SimulateRulesResponse;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What callers were found doing and are held to, over gRPC. */
final class AbuseEndpoint implements AbuseServiceGrpc.AsyncService {

  /** How long a caller is held if the request does not say. */
  static final Duration DURATION_DEFAULT = Duration.ofHours(1);

  /** The longest stretch of time that is simulated. */
  static final Duration SIMULATED_MAX = Duration.ofDays(31);

  private static final double FACTOR_MIN = 0.1;
  private static final double FACTOR_MAX = 10;

  private final RestrictionAdministration restrictions;
  private final FindingReading findings;
  private final RuleSimulation simulation;

  AbuseEndpoint(
      RestrictionAdministration restrictions, FindingReading findings, RuleSimulation simulation) {
    this.restrictions = restrictions;
    this.findings = findings;
    this.simulation = simulation;
  }

  @Override
  public void getFinding(GetFindingRequest request, StreamObserver<Finding> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller ->
            AbuseMessages.message(findings.get(ResourceNames.finding("name", request.getName()))));
  }

  @Override
  public void listFindings(
      ListFindingsRequest request, StreamObserver<ListFindingsResponse> observer) {
    Unary.answer(
        observer,
        "findings",
        caller -> {
          Page<dev.gatehouse.abuse.response.Finding> page =
              findings.list(
                  request.getPageSize(),
                  request.getPageToken(),
                  caller(request.getCaller()),
                  rule(request.getRule()));
          ListFindingsResponse.Builder response =
              ListFindingsResponse.newBuilder().setNextPageToken(page.nextPageToken());
          page.items().forEach(finding -> response.addFindings(AbuseMessages.message(finding)));
          return response.build();
        });
  }

  @Override
  public void restrictCaller(RestrictCallerRequest request, StreamObserver<Restriction> observer) {
    Unary.change(
        observer,
        request.getCaller(),
        caller ->
            AbuseMessages.message(
                restrictions.restrict(caller, wanted(request), request.getRequestId())));
  }

  private static NewRestriction wanted(RestrictCallerRequest request) {
    return new NewRestriction(
        ResourceNames.caller("caller", request.getCaller()),
        restraint(request.getLevel()),
        request.getReason(),
        request.getFinding().isEmpty()
            ? null
            : ResourceNames.finding("finding", request.getFinding()),
        request.hasDuration()
            ? Protobuf.duration("duration", request.getDuration())
            : DURATION_DEFAULT,
        request.getDisableClient());
  }

  private static Restraint restraint(Restriction.Level level) {
    return switch (level) {
      case LEVEL_THROTTLED -> Restraint.THROTTLED;
      case LEVEL_DEGRADED -> Restraint.DEGRADED;
      case LEVEL_QUARANTINED -> Restraint.QUARANTINED;
      case LEVEL_UNSPECIFIED, UNRECOGNIZED ->
          throw ResourceNames.invalid("level", "throttled, degraded or quarantined");
    };
  }

  @Override
  public void releaseCaller(ReleaseCallerRequest request, StreamObserver<Restriction> observer) {
    Unary.change(
        observer,
        request.getRestriction(),
        caller ->
            AbuseMessages.message(
                restrictions.release(
                    caller, ResourceNames.restriction("restriction", request.getRestriction()))));
  }

  @Override
  public void getRestriction(GetRestrictionRequest request, StreamObserver<Restriction> observer) {
    Unary.answer(
        observer,
        request.getName(),
        caller ->
            AbuseMessages.message(
                restrictions.get(ResourceNames.restriction("name", request.getName()))));
  }

  @Override
  public void listRestrictions(
      ListRestrictionsRequest request, StreamObserver<ListRestrictionsResponse> observer) {
    Unary.answer(
        observer,
        "restrictions",
        caller -> {
          Page<dev.gatehouse.access.Restriction> page =
              restrictions.list(
                  request.getPageSize(),
                  request.getPageToken(),
                  caller(request.getCaller()),
                  request.getActive());
          ListRestrictionsResponse.Builder response =
              ListRestrictionsResponse.newBuilder().setNextPageToken(page.nextPageToken());
          page.items()
              .forEach(restriction -> response.addRestrictions(AbuseMessages.message(restriction)));
          return response.build();
        });
  }

  @Override
  public void simulateRules(
      SimulateRulesRequest request, StreamObserver<SimulateRulesResponse> observer) {
    Unary.answer(
        observer,
        "findings",
        caller -> {
          Instant start = Protobuf.instant("start_time", request.getStartTime());
          Instant end = Protobuf.instant("end_time", request.getEndTime());
          if (!request.hasStartTime() || !request.hasEndTime()) {
            throw ResourceNames.invalid(
                request.hasStartTime() ? "end_time" : "start_time", "is required");
          }
          if (!start.isBefore(end) || start.isBefore(end.minus(SIMULATED_MAX))) {
            throw ResourceNames.invalid(
                "start_time", "must be before end_time, by 31 days at most");
          }
          return AbuseMessages.message(
              simulation.simulate(
                  start,
                  end,
                  rule(request.getRule()),
                  caller(request.getCaller()),
                  factor(request.getThresholdFactor()),
                  // By the client, or because its deadline has passed.
                  Context.current()::isCancelled));
        });
  }

  private static double factor(double asked) {
    double factor = asked == 0 ? 1 : asked;
    if (!(factor >= FACTOR_MIN && factor <= FACTOR_MAX)) {
      throw ResourceNames.invalid("threshold_factor", "must be 0.1 to 10, or 0 for 1");
    }
    return factor;
  }

  private static @Nullable CallerId caller(String name) {
    return name.isEmpty() ? null : ResourceNames.caller("caller", name);
  }

  private static @Nullable String rule(String id) {
    return id.isEmpty() ? null : ResourceNames.id("rule", id, CallerId::valid, rule -> rule);
  }
}
