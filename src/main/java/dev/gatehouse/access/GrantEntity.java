package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationStrength;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.TeamName;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** A row of {@code access_grants}; it is written once. */
@Entity
@Immutable
@Table(name = "access_grants")
@NullUnmarked // filled by Hibernate, after construction
class GrantEntity {

  /** The primary key: ids are unique within a model only. */
  @Embeddable
  record Key(String model, String id) {}

  @EmbeddedId Key key;

  @Nullable String caller;

  @Nullable String team;

  @Enumerated(EnumType.STRING)
  GrantEffect effect;

  String[] actions;

  @Column(name = "source_networks")
  String[] sourceNetworks;

  @Enumerated(EnumType.STRING)
  @Column(name = "minimum_strength")
  AuthenticationStrength minimumStrength;

  int weight;

  @Enumerated(EnumType.STRING)
  GrantPriority priority;

  @Column(name = "calls_per_second")
  int callsPerSecond;

  @Column(name = "calls_burst")
  int callsBurst;

  @Column(name = "rows_per_second")
  long rowsPerSecond;

  @Column(name = "rows_per_day")
  long rowsPerDay;

  @Column(name = "concurrent_calls")
  int concurrentCalls;

  @Column(name = "output_policies")
  String[] outputPolicies;

  @Column(name = "expire_time")
  Instant expireTime;

  String creator;

  @Column(name = "request_id")
  @Nullable String requestId;

  @Column(name = "create_time")
  Instant createTime;

  static GrantEntity of(
      GrantId id, NewGrant grant, CallerId creator, @Nullable String requestId, Instant now) {
    GrantEntity entity = new GrantEntity();
    entity.key = new Key(grant.model().value(), id.value());
    switch (grant.grantee()) {
      case Grantee.ToCaller to -> entity.caller = to.caller().value();
      case Grantee.ToTeam to -> entity.team = to.team().value();
    }
    entity.effect = grant.effect();
    entity.actions = grant.actions().stream().sorted().map(Action::name).toArray(String[]::new);
    GrantConditions conditions = grant.conditions();
    entity.sourceNetworks =
        conditions.sourceNetworks().stream().map(Network::toString).toArray(String[]::new);
    entity.minimumStrength = conditions.minimumStrength();
    entity.setTerms(grant.terms());
    entity.expireTime = Fields.storable(grant.expireTime());
    entity.creator = creator.value();
    entity.requestId = requestId;
    entity.createTime = now;
    return entity;
  }

  private void setTerms(GrantTerms terms) {
    weight = terms.weight();
    priority = terms.priority();
    callsPerSecond = terms.quota().callsPerSecond();
    callsBurst = terms.quota().callsBurst();
    rowsPerSecond = terms.quota().rowsPerSecond();
    rowsPerDay = terms.quota().rowsPerDay();
    concurrentCalls = terms.quota().concurrentCalls();
    outputPolicies = terms.outputPolicies().stream().map(GrantEntity::text).toArray(String[]::new);
  }

  /** The name comes last, since it may hold anything. */
  private static String text(OutputPolicy policy) {
    return policy.detail()
        + ":"
        + policy.topK()
        + ":"
        + policy.decimals()
        + ":"
        + policy.scores()
        + ":"
        + policy.output();
  }

  private static OutputPolicy policy(String text) {
    String[] parts = text.split(":", 5);
    return new OutputPolicy(
        parts[4],
        OutputPolicy.Detail.valueOf(parts[0]),
        Integer.parseInt(parts[1]),
        Integer.parseInt(parts[2]),
        OutputPolicy.Scores.valueOf(parts[3]));
  }

  private GrantConditions conditions() {
    return new GrantConditions(
        Arrays.stream(sourceNetworks).map(text -> Network.parse(text).orElseThrow()).toList(),
        minimumStrength);
  }

  private GrantTerms terms() {
    return new GrantTerms(
        weight,
        priority,
        new Quota(callsPerSecond, callsBurst, rowsPerSecond, rowsPerDay, concurrentCalls),
        Arrays.stream(outputPolicies).map(GrantEntity::policy).toList());
  }

  Grant toRecord() {
    Set<Action> actionSet = EnumSet.noneOf(Action.class);
    for (String action : actions) {
      actionSet.add(Action.valueOf(action));
    }
    return new Grant(
        new GrantId(key.id()),
        new ModelName(key.model()),
        caller != null
            ? new Grantee.ToCaller(new CallerId(caller))
            : new Grantee.ToTeam(new TeamName(team)),
        effect,
        actionSet,
        conditions(),
        terms(),
        expireTime,
        new CallerId(creator),
        createTime);
  }
}
