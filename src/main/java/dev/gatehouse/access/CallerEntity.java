package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** A row of {@code access_callers}. */
@Entity
@Table(name = "access_callers")
@NullUnmarked // filled by Hibernate, after construction
class CallerEntity {

  @Id
  @Column(updatable = false)
  String id;

  @Column(name = "display_name")
  String displayName;

  String team;

  @Enumerated(EnumType.STRING)
  @Column(updatable = false)
  CallerKind kind;

  @Column(updatable = false)
  String issuer;

  @Column(updatable = false)
  String subject;

  String[] roles;

  @Enumerated(EnumType.STRING)
  Standing standing;

  @Version long revision;

  @Column(updatable = false)
  @Nullable String creator;

  @Column(name = "request_id", updatable = false)
  @Nullable String requestId;

  @Column(name = "create_time", updatable = false)
  Instant createTime;

  @Column(name = "update_time")
  Instant updateTime;

  static CallerEntity of(
      NewCaller caller, @Nullable CallerId creator, @Nullable String requestId, Instant now) {
    CallerEntity entity = new CallerEntity();
    entity.id = caller.id().value();
    entity.displayName = caller.displayName();
    entity.team = caller.team().value();
    entity.kind = caller.kind();
    entity.issuer = caller.issuer();
    entity.subject = caller.subject();
    entity.setRoles(caller.roles());
    entity.standing = Standing.ACTIVE;
    entity.creator = creator == null ? null : creator.value();
    entity.requestId = requestId;
    entity.createTime = now;
    entity.updateTime = now;
    return entity;
  }

  void setRoles(Set<Role> newRoles) {
    roles = newRoles.stream().sorted().map(Role::name).toArray(String[]::new);
  }

  boolean activeAdministrator() {
    return standing == Standing.ACTIVE && Arrays.asList(roles).contains(Role.ADMINISTRATOR.name());
  }

  RegisteredCaller toRecord() {
    Set<Role> roleSet = EnumSet.noneOf(Role.class);
    for (String role : roles) {
      roleSet.add(Role.valueOf(role));
    }
    return new RegisteredCaller(
        new CallerId(id),
        displayName,
        new TeamName(team),
        kind,
        issuer,
        subject,
        roleSet,
        standing,
        etag(),
        createTime,
        updateTime);
  }

  String etag() {
    return Long.toString(revision);
  }
}
