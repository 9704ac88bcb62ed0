package dev.gatehouse.edge;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.serving.RuleSimulation;
import dev.gatehouse.stubs.admin.v1.Finding;
import dev.gatehouse.stubs.admin.v1.Restriction;
import dev.gatehouse.stubs.admin.v1.SimulateRulesResponse;
import org.jspecify.annotations.Nullable;

/** Findings, restrictions and simulations as messages. */
final class AbuseMessages {

  private AbuseMessages() {}

  static Finding message(dev.gatehouse.abuse.response.Finding finding) {
    Finding.Builder message = Finding.newBuilder();
    if (finding.confirmTime() != null) {
      message.setConfirmTime(Protobuf.timestamp(finding.confirmTime()));
    }
    return message
        .setName(ResourceNames.ofFinding(finding.id()))
        .setRule(finding.rule())
        .setSeverity(
            switch (finding.severity()) {
              case WARNING -> Finding.Severity.SEVERITY_WARNING;
              case CRITICAL -> Finding.Severity.SEVERITY_CRITICAL;
            })
        .setSource(
            switch (finding.source()) {
              case GATEWAY -> Finding.Source.SOURCE_GATEWAY;
              case ALERTMANAGER -> Finding.Source.SOURCE_ALERTMANAGER;
            })
        .setCaller(ResourceNames.of(finding.caller()))
        .setModel(finding.model() == null ? "" : ResourceNames.of(finding.model()))
        .setEvidence(finding.evidence())
        .setRepetitions(finding.repetitions())
        .setResponse(
            switch (finding.response()) {
              case NONE -> Finding.Response.RESPONSE_NONE;
              case SHADOW -> Finding.Response.RESPONSE_SHADOW;
              case RESTRICTED -> Finding.Response.RESPONSE_RESTRICTED;
              case UNCONFIRMED -> Finding.Response.RESPONSE_UNCONFIRMED;
              case LIMITED -> Finding.Response.RESPONSE_LIMITED;
              case SPARED -> Finding.Response.RESPONSE_SPARED;
              case RELEASED -> Finding.Response.RESPONSE_RELEASED;
            })
        .setRestriction(
            finding.restriction() == null ? "" : ResourceNames.ofRestriction(finding.restriction()))
        .setCreateTime(Protobuf.timestamp(finding.createTime()))
        .setLastTime(Protobuf.timestamp(finding.lastTime()))
        .build();
  }

  static Restriction message(dev.gatehouse.access.Restriction restriction) {
    Restriction.Builder message =
        Restriction.newBuilder()
            .setName(ResourceNames.ofRestriction(restriction.id()))
            .setCaller(ResourceNames.of(restriction.caller()))
            .setLevel(
                switch (restriction.restraint()) {
                  case THROTTLED -> Restriction.Level.LEVEL_THROTTLED;
                  case DEGRADED -> Restriction.Level.LEVEL_DEGRADED;
                  case QUARANTINED -> Restriction.Level.LEVEL_QUARANTINED;
                })
            .setReason(restriction.reason())
            .setFinding(
                restriction.finding() == null ? "" : ResourceNames.ofFinding(restriction.finding()))
            .setCreator(name(restriction.creator()))
            .setCreateTime(Protobuf.timestamp(restriction.createTime()))
            .setExpireTime(Protobuf.timestamp(restriction.expireTime()))
            .setReleaser(name(restriction.releaser()))
            .setClientDisabled(restriction.clientDisabled());
    if (restriction.releaseTime() != null) {
      message.setReleaseTime(Protobuf.timestamp(restriction.releaseTime()));
    }
    return message.build();
  }

  static SimulateRulesResponse message(RuleSimulation.Outcome outcome) {
    SimulateRulesResponse.Builder response =
        SimulateRulesResponse.newBuilder()
            .setCalls(outcome.calls())
            .setTruncated(outcome.truncated());
    for (RuleSimulation.Line line : outcome.lines()) {
      response
          .addLinesBuilder()
          .setRule(line.rule())
          .setCaller(ResourceNames.of(line.caller()))
          .setFindings(line.findings())
          .setFirstTime(Protobuf.timestamp(line.firstTime()))
          .setLastTime(Protobuf.timestamp(line.lastTime()))
          .setEvidence(line.evidence());
    }
    return response.build();
  }

  private static String name(@Nullable CallerId caller) {
    return caller == null ? "" : ResourceNames.of(caller);
  }
}
