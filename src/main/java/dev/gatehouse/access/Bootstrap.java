package dev.gatehouse.access;

import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.CallerKind;
import dev.gatehouse.core.Role;
import dev.gatehouse.core.TeamName;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Makes the subjects named in the configuration administrators, when there is no active one.
 *
 * <p>A subject that is registered already is given the role and let in, so that somebody who holds
 * the configuration is never locked out. As soon as there is an active administrator, the
 * configuration changes nothing.
 */
@Singleton
class Bootstrap {

  /** The team of administrators that were named in the configuration. */
  static final TeamName TEAM = new TeamName("administrators");

  private static final Logger LOG = Logger.getLogger(Bootstrap.class);
  private static final String ID_PREFIX = "administrator-";

  private final CallerRows rows;
  private final AccessSettings settings;
  private final InstantSource clock;

  Bootstrap(CallerRows rows, AccessSettings settings, InstantSource clock) {
    this.rows = rows;
    this.settings = settings;
    this.clock = clock;
  }

  /** Does it in a transaction of its own; of replicas that start together, one does it. */
  void run() {
    if (settings.bootstrapAdministrators().isEmpty()) {
      return;
    }
    QuarkusTransaction.requiringNew().run(this::appoint);
  }

  private void appoint() {
    rows.lockForChange();
    if (rows.activeAdministratorsBesides("") > 0) {
      LOG.info("There is an administrator: the bootstrap administrators are ignored");
      return;
    }
    Instant now = Fields.storable(clock.instant());
    for (String subject : settings.bootstrapAdministrators()) {
      CallerEntity administrator =
          rows.findPrincipal(settings.issuer(), subject).orElseGet(() -> register(subject, now));
      administrator.setRoles(Set.of(Role.ADMINISTRATOR));
      administrator.standing = Standing.ACTIVE;
      administrator.updateTime = now;
      rows.flush();
      LOG.infof("Caller %s, named in the configuration, is an administrator", administrator.id);
    }
  }

  private CallerEntity register(String subject, Instant now) {
    CallerEntity entity =
        CallerEntity.of(
            new NewCaller(
                freeId(),
                "",
                TEAM,
                CallerKind.PERSON,
                settings.issuer(),
                subject,
                "",
                Set.of(Role.ADMINISTRATOR),
                false,
                false),
            null,
            null,
            now);
    rows.persist(entity);
    return entity;
  }

  private CallerId freeId() {
    // Ends: there are fewer callers than numbers.
    int number = 1;
    while (rows.findByIdOptional(ID_PREFIX + number).isPresent()) {
      number++;
    }
    return new CallerId(ID_PREFIX + number);
  }
}
