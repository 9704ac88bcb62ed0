package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
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

  /** This and the subject are set once: at once, or when the caller's client has been made. */
  @Nullable String issuer;

  @Nullable String subject;

  @Column(name = "client_id", updatable = false)
  @Nullable String clientId;

  String[] roles;

  @Enumerated(EnumType.STRING)
  Standing standing;

  @Column(name = "certificate_bound_required")
  boolean certificateBoundRequired;

  @Column(name = "automation_allowed")
  boolean automationAllowed;

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
    entity.issuer = absentIfEmpty(caller.issuer());
    entity.subject = absentIfEmpty(caller.subject());
    entity.clientId = absentIfEmpty(caller.clientId());
    entity.setRoles(caller.roles());
    entity.certificateBoundRequired = caller.certificateBoundRequired();
    entity.automationAllowed = caller.automationAllowed();
    entity.standing = Standing.ACTIVE;
    entity.creator = creator == null ? null : creator.value();
    entity.requestId = requestId;
    entity.createTime = now;
    entity.updateTime = now;
    return entity;
  }

  /** What is unique where it is there must not be there as nothing. */
  private static @Nullable String absentIfEmpty(String text) {
    return text.isEmpty() ? null : text;
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
        issuer == null ? "" : issuer,
        subject == null ? "" : subject,
        clientId == null ? "" : clientId,
        roleSet,
        standing,
        certificateBoundRequired,
        automationAllowed,
        etag(),
        createTime,
        updateTime);
  }

  String etag() {
    return Long.toString(revision);
  }
}
