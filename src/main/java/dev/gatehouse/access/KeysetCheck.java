package dev.gatehouse.access;

import dev.gatehouse.keys.Keyring;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Finds out whether this replica has the same keys as the others, by a tag in {@code access_keyset}
 * which the first made and every one must verify.
 */
@Singleton
class KeysetCheck {

  private static final Logger LOG = Logger.getLogger(KeysetCheck.class);

  /** What is tagged: no API key begins like this. */
  private static final byte[] MARK =
      "gatehouse: the keyset of this database".getBytes(StandardCharsets.US_ASCII);

  private static final String WHAT_TO_DO =
      " Give every replica the same file (gatehouse.keys.file). If it is lost for good, delete the"
          + " row of access_keyset and revoke all API keys: those that were made with it are refused"
          + " from then on.";

  private final Keyring keyring;
  private final CallerRows rows;
  private final InstantSource clock;

  KeysetCheck(Keyring keyring, CallerRows rows, InstantSource clock) {
    this.keyring = keyring;
    this.rows = rows;
    this.clock = clock;
  }

  /**
   * Checks, in a transaction of its own; of replicas that start together, one decides.
   *
   * @throws KeysetMismatchException if the keys are others
   */
  void run() {
    QuarkusTransaction.requiringNew().run(this::check);
  }

  private void check() {
    rows.lockForChange();
    List<byte[]> found =
        rows.getEntityManager()
            .createNativeQuery("select tag from access_keyset", byte[].class)
            .getResultList();
    if (!keyring.available()) {
      requireNone(found);
    } else if (found.isEmpty()) {
      write("insert into access_keyset (tag, change_time) values (:tag, :now)");
    } else if (!keyring.verifies(found.getFirst(), MARK)) {
      throw new KeysetMismatchException(
          "the keys file "
              + keyring.origin()
              + " is not the one that the API keys in the database were made with."
              + WHAT_TO_DO);
    } else if (!Arrays.equals(found.getFirst(), keyring.tag(MARK))) {
      // Another primary key: replicas that have it at all can verify this one too.
      write("update access_keyset set tag = :tag, change_time = :now");
    }
  }

  private void requireNone(List<byte[]> found) {
    if (!found.isEmpty()) {
      throw new KeysetMismatchException(
          "there is no keys file "
              + keyring.origin()
              + ", but API keys in the database were made with one."
              + WHAT_TO_DO);
    }
    LOG.warnf("There is no keys file %s: API keys are not offered", keyring.origin());
  }

  private void write(String statement) {
    int unused =
        rows.getEntityManager()
            .createNativeQuery(statement)
            .setParameter("tag", keyring.tag(MARK))
            .setParameter("now", Fields.storable(clock.instant()))
            .executeUpdate();
  }
}
