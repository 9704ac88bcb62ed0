package dev.gatehouse.edge;

import dev.gatehouse.access.Action;
import dev.gatehouse.access.GrantConditions;
import dev.gatehouse.access.GrantEffect;
import dev.gatehouse.access.GrantPriority;
import dev.gatehouse.access.GrantTerms;
import dev.gatehouse.access.Grantee;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.OutputPolicy;
import dev.gatehouse.stubs.admin.v1.Quota;
import java.util.EnumSet;

/** Grants as messages; {@link WantedGrant} reads those that are to be made. */
final class GrantMessages {

  private GrantMessages() {}

  /** The message of a grant; the end of a prohibition without one is left out. */
  static Grant message(dev.gatehouse.access.Grant grant) {
    Grant.Builder message =
        Grant.newBuilder()
            .setName(ResourceNames.ofGrant(grant.model(), grant.id().value()))
            .setEffect(effect(grant.effect()))
            .setCreator(ResourceNames.of(grant.creator()))
            .setCreateTime(Protobuf.timestamp(grant.createTime()));
    switch (grant.grantee()) {
      case Grantee.ToCaller to -> message.setCaller(ResourceNames.of(to.caller()));
      case Grantee.ToTeam to -> message.setTeam(to.team().value());
    }
    for (Action action : EnumSet.copyOf(grant.actions())) {
      message.addActions(action(action));
    }
    if (!grant.expireTime().equals(dev.gatehouse.access.Grant.NO_END)) {
      message.setExpireTime(Protobuf.timestamp(grant.expireTime()));
    }
    setConditions(message, grant.conditions());
    if (grant.effect() == GrantEffect.ALLOW) {
      setTerms(message, grant.terms());
    }
    return message.build();
  }

  private static void setConditions(Grant.Builder message, GrantConditions conditions) {
    conditions.sourceNetworks().forEach(network -> message.addSourceNetworks(network.toString()));
    message.setMinimumStrength(strength(conditions.minimumStrength()));
  }

  private static void setTerms(Grant.Builder message, GrantTerms terms) {
    message.setWeight(terms.weight()).setPriority(priority(terms.priority()));
    if (!terms.quota().none()) {
      message.setQuota(quota(terms.quota()));
    }
    terms.outputPolicies().forEach(policy -> message.addOutputPolicies(policy(policy)));
  }

  private static Grant.Effect effect(GrantEffect effect) {
    return switch (effect) {
      case ALLOW -> Grant.Effect.EFFECT_ALLOW;
      case DENY -> Grant.Effect.EFFECT_DENY;
    };
  }

  private static Grant.Action action(Action action) {
    return switch (action) {
      case INFER -> Grant.Action.ACTION_INFER;
      case READ_METADATA -> Grant.Action.ACTION_READ_METADATA;
      case DEPLOY -> Grant.Action.ACTION_DEPLOY;
      case UPLOAD -> Grant.Action.ACTION_UPLOAD;
      case EXPORT -> Grant.Action.ACTION_EXPORT;
      case ADMINISTER_GRANTS -> Grant.Action.ACTION_ADMINISTER_GRANTS;
    };
  }

  private static Grant.Strength strength(AuthenticationStrength strength) {
    return switch (strength) {
      case API_KEY -> Grant.Strength.STRENGTH_API_KEY;
      case TOKEN -> Grant.Strength.STRENGTH_TOKEN;
      case STRONG -> Grant.Strength.STRENGTH_STRONG;
    };
  }

  private static Grant.Priority priority(GrantPriority priority) {
    return switch (priority) {
      case INTERACTIVE -> Grant.Priority.PRIORITY_INTERACTIVE;
      case BULK -> Grant.Priority.PRIORITY_BULK;
    };
  }

  private static Quota quota(dev.gatehouse.access.Quota quota) {
    return Quota.newBuilder()
        .setCallsPerSecond(quota.callsPerSecond())
        .setCallsBurst(quota.callsBurst())
        .setRowsPerSecond(quota.rowsPerSecond())
        .setRowsPerDay(quota.rowsPerDay())
        .setConcurrentCalls(quota.concurrentCalls())
        .build();
  }

  private static OutputPolicy policy(dev.gatehouse.access.OutputPolicy policy) {
    return OutputPolicy.newBuilder()
        .setOutput(policy.output())
        .setDetail(
            switch (policy.detail()) {
              case ALL -> OutputPolicy.Detail.DETAIL_ALL;
              case TOP_K -> OutputPolicy.Detail.DETAIL_TOP_K;
              case ROUNDED -> OutputPolicy.Detail.DETAIL_ROUNDED;
              case LABEL_ONLY -> OutputPolicy.Detail.DETAIL_LABEL_ONLY;
            })
        .setTopK(policy.topK())
        .setDecimals(policy.decimals())
        .setScores(
            switch (policy.scores()) {
              case PROBABILITIES -> OutputPolicy.Scores.SCORES_PROBABILITIES;
              case LOGITS -> OutputPolicy.Scores.SCORES_LOGITS;
            })
        .build();
  }
}
