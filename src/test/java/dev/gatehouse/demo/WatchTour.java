package dev.gatehouse.demo;

import com.google.rpc.ErrorInfo;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.stubs.admin.v1.AbuseServiceGrpc;
import dev.gatehouse.stubs.admin.v1.Caller;
import dev.gatehouse.stubs.admin.v1.CreateCallerRequest;
import dev.gatehouse.stubs.admin.v1.Finding;
import dev.gatehouse.stubs.admin.v1.ListFindingsRequest;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.Realm;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * The part of the quickstart about the watch: a caller tries names of models, the gateway finds
 * that by its own rules, and Prometheus by those of {@code deploy/}, whose alert comes back to the
 * gateway by way of Alertmanager.
 */
final class WatchTour {

  /** The rule that is shown; its runbook is {@code docs/runbooks/model-enumeration.md}. */
  static final String RULE = "model-enumeration";

  /** Ten times what is promised of Prometheus: 30 s. A token lives as long. */
  private static final Duration SEEN_MAX = Duration.ofMinutes(5);

  private final Report report;
  private final GatewayClient client;
  private final OidcLogin login;
  private final WatchServers servers;
  private final Digits.Row digit;
  private final Ticker ticker = SystemTime.ticker();
  private int names;

  WatchTour(
      Report report,
      GatewayClient client,
      OidcLogin login,
      WatchServers servers,
      Digits.Row digit) {
    this.report = report;
    this.client = client;
    this.login = login;
    this.servers = servers;
    this.digit = digit;
  }

  /** A responder reads what was found; ada has logged in with password and one-time code. */
  void register(OidcLogin.Tokens ada) {
    Caller rosa =
        client
            .callers(ada)
            .createCaller(
                CreateCallerRequest.newBuilder()
                    .setCallerId("rosa")
                    .setCaller(
                        Caller.newBuilder()
                            .setTeam("security")
                            .setKind(Caller.Kind.KIND_PERSON)
                            .setSubject(Realm.ROSA.subject())
                            .addRoles(Caller.Role.ROLE_RESPONDER))
                    .build());
    report.step("ada registered " + rosa.getName() + ", who responds to findings");
  }

  /** Shows it. */
  void show() {
    OidcLogin.Tokens rosa = login.person(Realm.ROSA);
    report.line(
        "the watch: stranger-service, whose credential let us say was stolen, tries names of"
            + " models; the gateway "
            + (servers.acts() ? "acts by itself" : "says what it would do (mode shadow)"));
    String wanted =
        (servers.acts() ? Finding.Response.RESPONSE_RESTRICTED : Finding.Response.RESPONSE_SHADOW)
            .name();
    boolean found =
        probeUntil("found by the gateway", () -> wanted.equals(responseOf(finding(rosa))));
    report.expect("the gateway found " + RULE + " and answered " + wanted, true, found);
    if (servers.acts()) {
      quarantined();
    } else if (servers.running()) {
      alerted();
    }
    tell(finding(rosa));
  }

  private static String responseOf(Finding finding) {
    return finding.getResponse().name();
  }

  /** The one about this caller, or an empty one. */
  private Finding finding(OidcLogin.Tokens rosa) {
    List<Finding> findings =
        GatewayClient.withToken(AbuseServiceGrpc.newBlockingStub(client.channel()), rosa)
            .listFindings(
                ListFindingsRequest.newBuilder()
                    .setCaller("callers/" + Realm.STRANGER.clientId())
                    .setRule(RULE)
                    .build())
            .getFindingsList();
    return findings.isEmpty() ? Finding.getDefaultInstance() : findings.getFirst();
  }

  /** Names one model after the other, until it is seen. */
  private boolean probeUntil(String what, BooleanSupplier seen) {
    GRPCInferenceServiceBlockingStub stranger = client.inference(login.service(Realm.STRANGER));
    long startNanos = ticker.nanos();
    boolean was =
        Await.until(
            SEEN_MAX,
            () -> {
              String unused = probe(stranger);
              return seen.getAsBoolean();
            });
    report.step(
        String.format(
            Locale.ROOT,
            "%s: %s after %.1f s more, %d names in all",
            RULE,
            was ? what : "NOT " + what,
            (ticker.nanos() - startNanos) / 1e9,
            names));
    return was;
  }

  /** How a call to a model that nobody knows was refused. */
  private String probe(GRPCInferenceServiceBlockingStub stub) {
    names++;
    try {
      var answer =
          stub.modelInfer(
              Classification.request(List.of(digit)).toBuilder()
                  .setModelName("secret-" + names)
                  .build());
      return "an answer of " + answer.getModelName();
    } catch (StatusRuntimeException e) {
      return GatewayClient.errorInfo(e).map(ErrorInfo::getReason).orElse("no reason");
    }
  }

  private void quarantined() {
    String reason = probe(client.inference(login.service(Realm.STRANGER)));
    report.line("  its next call: " + reason);
    report.expect("the next call of stranger-service", "CALLER_QUARANTINED", reason);
  }

  private void alerted() {
    boolean fired =
        probeUntil("fires in Prometheus", () -> servers.fires(RULE, Realm.STRANGER.clientId()));
    report.expect(RULE + " fires in Prometheus", true, fired);
    boolean told = fired && servers.told();
    report.expect("Alertmanager told the gateway, each time with success", true, told);
    if (told) {
      report.step("Alertmanager told the gateway of it");
    }
  }

  private void tell(Finding finding) {
    report.line("as rosa sees it, who is responder:");
    report.line("  " + finding.getName() + ": " + finding.getRule() + " by " + finding.getCaller());
    report.line("  evidence: " + finding.getEvidence());
    report.line(
        "  "
            + finding.getSeverity()
            + ", "
            + finding.getSource()
            + ", "
            + finding.getResponse()
            + (finding.getRestriction().isEmpty() ? "" : ", " + finding.getRestriction())
            + "; what to do: docs/runbooks/"
            + RULE
            + ".md");
  }
}
