package dev.gatehouse.edge;

import dev.gatehouse.access.Action;
import dev.gatehouse.access.GrantConditions;
import dev.gatehouse.access.GrantEffect;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.GrantPriority;
import dev.gatehouse.access.GrantTerms;
import dev.gatehouse.access.Grantee;
import dev.gatehouse.access.Network;
import dev.gatehouse.access.NewGrant;
import dev.gatehouse.access.OutputPolicy.Detail;
import dev.gatehouse.access.OutputPolicy.Scores;
import dev.gatehouse.access.Quota;
import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.Refusal.Violation;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.stubs.admin.v1.CreateGrantRequest;
import dev.gatehouse.stubs.admin.v1.Grant;
import dev.gatehouse.stubs.admin.v1.OutputPolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the message of a grant that is to be made, and finds everything in it that means nothing.
 */
final class WantedGrant {

  private static final String CALLERS = "callers/";

  private final List<Violation> violations = new ArrayList<>();

  private WantedGrant() {}

  /**
   * What a request asks for.
   *
   * @throws RefusedException with {@code ArgumentInvalid} and all violations of the grant's form;
   *     its bounds are the room's to check
   */
  static NewGrant read(CreateGrantRequest request) {
    ModelName model = ResourceNames.model("parent", request.getParent());
    Optional<GrantId> id =
        request.getGrantId().isEmpty()
            ? Optional.empty()
            : Optional.of(
                ResourceNames.id("grant_id", request.getGrantId(), GrantId::valid, GrantId::new));
    return new WantedGrant().read(model, id, request.getGrant());
  }

  private NewGrant read(ModelName model, Optional<GrantId> id, Grant wanted) {
    Grantee grantee = grantee(wanted);
    GrantEffect effect = effect(wanted.getEffect());
    Set<Action> actions = actions(wanted.getActionsList());
    Instant expireTime = expireTime(wanted, effect);
    GrantConditions conditions =
        new GrantConditions(
            networks(wanted.getSourceNetworksList()), strength(wanted.getMinimumStrength()));
    GrantTerms terms =
        new GrantTerms(
            wanted.getWeight() == 0 ? GrantTerms.WEIGHT_DEFAULT : wanted.getWeight(),
            priority(wanted.getPriority()),
            quota(wanted.getQuota()),
            policies(wanted.getOutputPoliciesList()));
    if (grantee == null || !violations.isEmpty()) {
      throw new RefusedException(new Refusal.ArgumentInvalid(violations));
    }
    return new NewGrant(id, model, grantee, effect, actions, conditions, terms, expireTime);
  }

  private void violate(String field, String description) {
    violations.add(new Violation(field, description));
  }

  /** Notes a violation, and gives what stands in for the value until all are found. */
  private <T> T invalid(String field, String description, T instead) {
    violate(field, description);
    return instead;
  }

  private @Nullable Grantee grantee(Grant wanted) {
    switch (wanted.getGranteeCase()) {
      case CALLER -> {
        String name = wanted.getCaller();
        String id = name.startsWith(CALLERS) ? name.substring(CALLERS.length()) : "";
        if (CallerId.valid(id)) {
          return new Grantee.ToCaller(new CallerId(id));
        }
        violate("grant.caller", "must be callers/{caller} with a name of [a-z0-9-]{1,63}");
      }
      case TEAM -> {
        if (TeamName.valid(wanted.getTeam())) {
          return new Grantee.ToTeam(new TeamName(wanted.getTeam()));
        }
        violate("grant.team", "must match [a-z0-9-]{1,63}");
      }
      case GRANTEE_NOT_SET -> violate("grant.grantee", "a caller or a team");
    }
    return null;
  }

  private GrantEffect effect(Grant.Effect effect) {
    return switch (effect) {
      case EFFECT_UNSPECIFIED, EFFECT_ALLOW -> GrantEffect.ALLOW;
      case EFFECT_DENY -> GrantEffect.DENY;
      case UNRECOGNIZED -> invalid("grant.effect", "known values only", GrantEffect.DENY);
    };
  }

  private Set<Action> actions(List<Grant.Action> messages) {
    EnumSet<Action> actions = EnumSet.noneOf(Action.class);
    for (Grant.Action message : EnumSet.copyOf(orUnspecified(messages))) {
      switch (message) {
        case ACTION_INFER -> actions.add(Action.INFER);
        case ACTION_READ_METADATA -> actions.add(Action.READ_METADATA);
        case ACTION_DEPLOY -> actions.add(Action.DEPLOY);
        case ACTION_UPLOAD -> actions.add(Action.UPLOAD);
        case ACTION_EXPORT -> actions.add(Action.EXPORT);
        case ACTION_ADMINISTER_GRANTS -> actions.add(Action.ADMINISTER_GRANTS);
        case ACTION_UNSPECIFIED, UNRECOGNIZED ->
            violate("grant.actions", "at least one, and known ones only");
      }
    }
    return actions;
  }

  private static List<Grant.Action> orUnspecified(List<Grant.Action> messages) {
    return messages.isEmpty() ? List.of(Grant.Action.ACTION_UNSPECIFIED) : messages;
  }

  /** What denies lasts until it is deleted, unless it says otherwise. */
  private Instant expireTime(Grant wanted, GrantEffect effect) {
    if (!wanted.hasExpireTime()) {
      return effect == GrantEffect.DENY
          ? dev.gatehouse.access.Grant.NO_END
          : invalid("grant.expire_time", "is required", Instant.EPOCH);
    }
    try {
      return Protobuf.instant("grant.expire_time", wanted.getExpireTime());
    } catch (RefusedException e) {
      return invalid("grant.expire_time", "is no point in time", Instant.EPOCH);
    }
  }

  private List<Network> networks(List<String> texts) {
    List<Network> networks = new ArrayList<>();
    if (texts.size() > GrantConditions.SOURCE_NETWORKS_MAX) {
      // Each could be a violation of its own.
      return invalid(
          "grant.source_networks",
          "must be at most " + GrantConditions.SOURCE_NETWORKS_MAX,
          networks);
    }
    for (int i = 0; i < texts.size(); i++) {
      Network network = Network.parse(texts.get(i)).orElse(null);
      if (network == null) {
        violate(
            "grant.source_networks[" + i + "]",
            "must be a network such as 192.0.2.0/24 or 2001:db8::/32, with no bits set"
                + " beyond its prefix");
      } else {
        networks.add(network);
      }
    }
    return networks;
  }

  private AuthenticationStrength strength(Grant.Strength strength) {
    return switch (strength) {
      case STRENGTH_UNSPECIFIED, STRENGTH_API_KEY -> AuthenticationStrength.API_KEY;
      case STRENGTH_TOKEN -> AuthenticationStrength.TOKEN;
      case STRENGTH_STRONG -> AuthenticationStrength.STRONG;
      case UNRECOGNIZED ->
          invalid("grant.minimum_strength", "known values only", AuthenticationStrength.STRONG);
    };
  }

  private GrantPriority priority(Grant.Priority priority) {
    return switch (priority) {
      case PRIORITY_UNSPECIFIED, PRIORITY_INTERACTIVE -> GrantPriority.INTERACTIVE;
      case PRIORITY_BULK -> GrantPriority.BULK;
      case UNRECOGNIZED -> invalid("grant.priority", "known values only", GrantPriority.BULK);
    };
  }

  private static Quota quota(dev.gatehouse.stubs.admin.v1.Quota quota) {
    return new Quota(
        quota.getCallsPerSecond(),
        quota.getCallsBurst(),
        quota.getRowsPerSecond(),
        quota.getRowsPerDay(),
        quota.getConcurrentCalls());
  }

  private List<dev.gatehouse.access.OutputPolicy> policies(List<OutputPolicy> messages) {
    List<dev.gatehouse.access.OutputPolicy> policies = new ArrayList<>();
    if (messages.size() > dev.gatehouse.access.OutputPolicy.POLICIES_MAX) {
      return invalid(
          "grant.output_policies",
          "must be at most " + dev.gatehouse.access.OutputPolicy.POLICIES_MAX,
          policies);
    }
    for (int i = 0; i < messages.size(); i++) {
      OutputPolicy message = messages.get(i);
      String path = "grant.output_policies[" + i + "]";
      policies.add(
          new dev.gatehouse.access.OutputPolicy(
              message.getOutput(),
              detail(message.getDetail(), path),
              message.getTopK(),
              message.getDecimals(),
              scores(message.getScores(), path)));
    }
    return policies;
  }

  private Detail detail(OutputPolicy.Detail detail, String path) {
    return switch (detail) {
      case DETAIL_ALL -> Detail.ALL;
      case DETAIL_TOP_K -> Detail.TOP_K;
      case DETAIL_ROUNDED -> Detail.ROUNDED;
      case DETAIL_LABEL_ONLY -> Detail.LABEL_ONLY;
      case DETAIL_UNSPECIFIED, UNRECOGNIZED ->
          invalid(path + ".detail", "is required, and one that is known", Detail.LABEL_ONLY);
    };
  }

  private Scores scores(OutputPolicy.Scores scores, String path) {
    return switch (scores) {
      case SCORES_UNSPECIFIED, SCORES_PROBABILITIES -> Scores.PROBABILITIES;
      case SCORES_LOGITS -> Scores.LOGITS;
      case UNRECOGNIZED -> invalid(path + ".scores", "known values only", Scores.PROBABILITIES);
    };
  }
}
