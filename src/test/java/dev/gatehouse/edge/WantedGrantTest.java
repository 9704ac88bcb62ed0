package dev.gatehouse.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Timestamp;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.GrantEffect;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.GrantTerms;
import dev.gatehouse.access.NewGrant;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.stubs.admin.v1.CreateGrantRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.OutputPolicy;
import dev.gatehouse.stubs.admin.v1.Quota;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WantedGrantTest {

  private static final Timestamp END = Timestamp.newBuilder().setSeconds(2_000_000_000).build();

  /** Every field that a caller can set, and none with its default. */
  private static final Grant WHOLE =
      Grant.newBuilder()
          .setCaller("callers/orders")
          .setEffect(Grant.Effect.EFFECT_ALLOW)
          .addActions(Grant.Action.ACTION_INFER)
          .addActions(Grant.Action.ACTION_READ_METADATA)
          .addActions(Grant.Action.ACTION_DEPLOY)
          .addActions(Grant.Action.ACTION_UPLOAD)
          .addActions(Grant.Action.ACTION_EXPORT)
          .addActions(Grant.Action.ACTION_ADMINISTER_GRANTS)
          .setExpireTime(END)
          .setWeight(7)
          .setPriority(Grant.Priority.PRIORITY_BULK)
          .addSourceNetworks("10.0.0.0/8")
          .addSourceNetworks("2001:db8:0:0:0:0:0:0/32")
          .setMinimumStrength(Grant.Strength.STRENGTH_STRONG)
          .setQuota(
              Quota.newBuilder()
                  .setCallsPerSecond(1)
                  .setCallsBurst(2)
                  .setRowsPerSecond(3)
                  .setRowsPerDay(4)
                  .setConcurrentCalls(5))
          .addOutputPolicies(
              OutputPolicy.newBuilder()
                  .setOutput("a:b")
                  .setDetail(OutputPolicy.Detail.DETAIL_TOP_K)
                  .setTopK(3)
                  .setScores(OutputPolicy.Scores.SCORES_LOGITS))
          .addOutputPolicies(
              OutputPolicy.newBuilder()
                  .setDetail(OutputPolicy.Detail.DETAIL_ROUNDED)
                  .setDecimals(2)
                  .setScores(OutputPolicy.Scores.SCORES_PROBABILITIES))
          .build();

  private static NewGrant read(Grant grant) {
    return WantedGrant.read(
        CreateGrantRequest.newBuilder()
            .setParent("models/digits")
            .setGrantId("g")
            .setGrant(grant)
            .build());
  }

  /** The message of the grant as it would be once it was made. */
  private static Grant made(NewGrant wanted) {
    return GrantMessages.message(
        new dev.gatehouse.access.Grant(
            wanted.id().orElse(new GrantId("made")),
            wanted.model(),
            wanted.grantee(),
            wanted.effect(),
            wanted.actions(),
            wanted.conditions(),
            wanted.terms(),
            wanted.expireTime(),
            new CallerId("ada"),
            Instant.EPOCH));
  }

  private static List<String> wrong(Grant grant) {
    RefusedException refused = assertThrows(RefusedException.class, () -> read(grant));
    return assertInstanceOf(Refusal.ArgumentInvalid.class, refused.refusal()).violations().stream()
        .map(Refusal.Violation::field)
        .toList();
  }

  @Test
  void read_everyField_comesBackInTheMessage() {
    Grant expected =
        WHOLE.toBuilder()
            .setName("models/digits/grants/g")
            .setCreator("callers/ada")
            .setCreateTime(Timestamp.getDefaultInstance())
            .build();
    assertEquals(expected, made(read(WHOLE)));
    // Whatever is added to the message must be added here.
    assertEquals(
        List.of("team"),
        Grant.getDescriptor().getFields().stream()
            .filter(field -> !field.isRepeated() && !expected.hasField(field))
            .map(field -> field.getName())
            .toList());
  }

  @Test
  void read_everyValueOfEveryEnum_comesBack() {
    for (Grant.Strength strength : Grant.Strength.values()) {
      if (strength != Grant.Strength.UNRECOGNIZED && strength.getNumber() > 0) {
        assertEquals(
            strength,
            made(read(WHOLE.toBuilder().setMinimumStrength(strength).build()))
                .getMinimumStrength());
      }
    }
    for (OutputPolicy.Detail detail : OutputPolicy.Detail.values()) {
      if (detail != OutputPolicy.Detail.UNRECOGNIZED && detail.getNumber() > 0) {
        Grant.Builder one = WHOLE.toBuilder().clearOutputPolicies();
        one.addOutputPoliciesBuilder().setDetail(detail);
        assertEquals(detail, made(read(one.build())).getOutputPolicies(0).getDetail());
      }
    }
    for (Grant.Action action : Grant.Action.values()) {
      if (action != Grant.Action.UNRECOGNIZED && action.getNumber() > 0) {
        Grant one = WHOLE.toBuilder().clearActions().addActions(action).build();
        assertEquals(List.of(action), made(read(one)).getActionsList());
      }
    }
  }

  @Test
  void read_nothingButWhatIsRequired_fillsInTheRest() {
    NewGrant plain =
        read(
            Grant.newBuilder()
                .setTeam("shop")
                .addActions(Grant.Action.ACTION_INFER)
                .setExpireTime(END)
                .build());
    assertEquals(GrantEffect.ALLOW, plain.effect());
    assertEquals(GrantTerms.DEFAULT, plain.terms());
    assertEquals(Set.of(Action.INFER), plain.actions());
    assertFalse(made(plain).hasQuota());
  }

  @Test
  void read_denialWithoutEnd_hasNoneInTheMessageEither() {
    Grant denial =
        Grant.newBuilder()
            .setTeam("shop")
            .setEffect(Grant.Effect.EFFECT_DENY)
            .addActions(Grant.Action.ACTION_INFER)
            .addSourceNetworks("192.0.2.0/24")
            .build();
    NewGrant wanted = read(denial);
    assertEquals(dev.gatehouse.access.Grant.NO_END, wanted.expireTime());
    Grant made = made(wanted);
    assertFalse(made.hasExpireTime());
    // What is read can be sent again.
    assertEquals(wanted, read(made));
    assertEquals(END, made(read(denial.toBuilder().setExpireTime(END).build())).getExpireTime());
  }

  @Test
  void read_everythingWrong_isNamedAtOnce() {
    Grant bad =
        Grant.newBuilder()
            .setCaller("orders")
            .setEffectValue(9)
            .addActionsValue(9)
            .addActionsValue(10)
            .addActions(Grant.Action.ACTION_UNSPECIFIED)
            .setExpireTime(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))
            .setPriorityValue(9)
            .addSourceNetworks("10.0.0.0/8")
            .addSourceNetworks("10.0.0.1/8")
            .setMinimumStrengthValue(9)
            .addOutputPolicies(OutputPolicy.newBuilder().setScoresValue(9))
            .build();
    assertEquals(
        List.of(
            "grant.caller",
            "grant.effect",
            "grant.actions",
            "grant.actions",
            "grant.expire_time",
            "grant.source_networks[1]",
            "grant.minimum_strength",
            "grant.priority",
            "grant.output_policies[0].detail",
            "grant.output_policies[0].scores"),
        wrong(bad));
    assertEquals(
        List.of("grant.grantee", "grant.actions", "grant.expire_time"),
        wrong(Grant.getDefaultInstance()));
  }

  @Test
  void read_veryMany_isOneViolation() {
    assertEquals(
        List.of("grant.source_networks"),
        wrong(WHOLE.toBuilder().addAllSourceNetworks(Collections.nCopies(100_000, "x")).build()));
    assertEquals(
        List.of("grant.output_policies"),
        wrong(
            WHOLE.toBuilder()
                .addAllOutputPolicies(
                    Collections.nCopies(100_000, OutputPolicy.getDefaultInstance()))
                .build()));
    assertEquals(
        List.of("grant.actions"),
        wrong(WHOLE.toBuilder().addAllActionsValue(Collections.nCopies(100_000, 77)).build()));
  }
}
