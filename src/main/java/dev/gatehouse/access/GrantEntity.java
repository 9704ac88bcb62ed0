package dev.gatehouse.access;

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

  String[] actions;

  int weight;

  @Enumerated(EnumType.STRING)
  GrantPriority priority;

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
    entity.actions = grant.actions().stream().sorted().map(Action::name).toArray(String[]::new);
    entity.weight = grant.weight();
    entity.priority = grant.priority();
    entity.expireTime = Fields.storable(grant.expireTime());
    entity.creator = creator.value();
    entity.requestId = requestId;
    entity.createTime = now;
    return entity;
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
        actionSet,
        weight,
        priority,
        expireTime,
        new CallerId(creator),
        createTime);
  }
}
