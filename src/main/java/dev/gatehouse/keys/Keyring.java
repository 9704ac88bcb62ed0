package dev.gatehouse.keys;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeyStatus;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.Mac;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.mac.HmacParameters;
import com.google.crypto.tink.mac.MacConfig;
import com.google.crypto.tink.mac.PredefinedMacParameters;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keys for keyed hashes (HMAC-SHA256, RFC 2104, with 256 bits of key and of tag) that lie outside
 * the database.
 *
 * <p>There may be several: the primary one makes tags, and all that are enabled verify them. So
 * keys are rotated: add one to the file of every replica and restart them; make it the primary one
 * and restart them; take the former one away once nothing is tagged with it any more. A keyset is
 * made and changed with Tink's {@code tinkey}, template {@code HMAC_SHA256_256BITTAG}.
 *
 * <p>Immutable and safe for any thread. Neither this nor anything it throws shows a key.
 */
public final class Keyring {

  /** The most keys of a keyset. */
  public static final int KEYS_MAX = 16;

  /** The bytes of a tag: those of the hash, after five that name the key. */
  public static final int TAG_BYTES = 37;

  private static final HmacParameters PARAMETERS = PredefinedMacParameters.HMAC_SHA256_256BITTAG;

  /** The bytes before a hash that name its key. */
  private static final int PREFIX_BYTES = TAG_BYTES - DerivedKey.HASH_BYTES;

  private final @Nullable Mac mac;
  private final int primaryId;

  /** Each key that is enabled, by its id. */
  private final Map<Integer, Mac> each;

  private final String origin;

  private Keyring(@Nullable Mac mac, int primaryId, Map<Integer, Mac> each, String origin) {
    this.mac = mac;
    this.primaryId = primaryId;
    this.each = Map.copyOf(each);
    this.origin = origin;
  }

  /**
   * The keys of a file, which is read now and never again.
   *
   * @param file a Tink keyset in JSON, in the clear, that nobody but its owner and group can read
   * @param create whether to make it with one fresh key, mode 0600, if it is not there; else there
   *     is {@linkplain #available() no key} then
   * @throws KeyFileException if the file is there and cannot be used, or cannot be made
   */
  public static Keyring open(Path file, boolean create) {
    registerHmac();
    KeyFile keys = new KeyFile(file);
    if (!keys.exists()) {
      if (!create) {
        return new Keyring(null, 0, Map.of(), keys.toString());
      }
      keys.create(Keyring::freshKeyset);
    }
    return read(keys);
  }

  private static void registerHmac() {
    try {
      MacConfig.register();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
    }
  }

  private static String freshKeyset() {
    try {
      return TinkJsonProtoKeysetFormat.serializeKeyset(
          KeysetHandle.generateNew(PARAMETERS), InsecureSecretKeyAccess.get());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
    }
  }

  private static Keyring read(KeyFile keys) {
    String json = keys.read();
    try {
      KeysetHandle keyset =
          TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get());
      requireFit(keys, keyset);
      return new Keyring(mac(keyset), keyset.getPrimary().getId(), each(keyset), keys.toString());
    } catch (KeyFileException e) {
      throw e;
    } catch (GeneralSecurityException | RuntimeException e) {
      // Without the cause, whose message may quote the file.
      throw keys.problem("holds no keyset of Tink in JSON, in the clear");
    }
  }

  private static Mac mac(KeysetHandle keyset) throws GeneralSecurityException {
    return keyset.getPrimitive(RegistryConfiguration.get(), Mac.class);
  }

  private static Map<Integer, Mac> each(KeysetHandle keyset) throws GeneralSecurityException {
    Map<Integer, Mac> each = new HashMap<>();
    for (int i = 0; i < keyset.size(); i++) {
      KeysetHandle.Entry entry = keyset.getAt(i);
      if (entry.getStatus() == KeyStatus.ENABLED) {
        KeysetHandle alone =
            KeysetHandle.newBuilder()
                .addEntry(
                    KeysetHandle.importKey(entry.getKey()).withFixedId(entry.getId()).makePrimary())
                .build();
        each.put(entry.getId(), mac(alone));
      }
    }
    return each;
  }

  private static void requireFit(KeyFile keys, KeysetHandle keyset) {
    if (keyset.size() > KEYS_MAX) {
      throw keys.problem("holds more than " + KEYS_MAX + " keys");
    }
    for (int i = 0; i < keyset.size(); i++) {
      KeysetHandle.Entry entry = keyset.getAt(i);
      // Others would make tags of another length, or none that name their key.
      if (entry.getStatus() == KeyStatus.ENABLED
          && !PARAMETERS.equals(entry.getKey().getParameters())) {
        throw keys.problem("holds a key that is not of template HMAC_SHA256_256BITTAG");
      }
    }
  }

  /** Whether there is a key. */
  public boolean available() {
    return mac != null;
  }

  /** Where the keys are from, for messages. */
  public String origin() {
    return origin;
  }

  /**
   * The keyed hash of {@code data} under the primary key, {@link #TAG_BYTES} long; the same again
   * for the same data.
   *
   * @throws IllegalStateException if there is no key
   */
  public byte[] tag(byte[] data) {
    if (mac == null) {
      throw new IllegalStateException("there is no key");
    }
    try {
      return mac.computeMac(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA256 of " + data.length + " bytes failed", e);
    }
  }

  /**
   * Whether {@code tag} was made of {@code data} with one of the keys; in time that does not depend
   * on where they differ. False if there is no key.
   */
  public boolean verifies(byte[] tag, byte[] data) {
    if (mac == null) {
      return false;
    }
    try {
      mac.verifyMac(tag, data);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** The id of the key that makes tags; 0 if there is none. */
  public int primaryId() {
    return primaryId;
  }

  /**
   * A key for the purpose that {@code label} names: the hash of the label under a key of this.
   *
   * @param keyId the id of a key; also one that is not the primary one any more
   * @return empty if there is no such key, or it is disabled
   */
  public Optional<DerivedKey> derive(int keyId, byte[] label) {
    Mac one = each.get(keyId);
    if (one == null) {
      return Optional.empty();
    }
    try {
      byte[] tag = one.computeMac(label);
      return Optional.of(new DerivedKey(Arrays.copyOfRange(tag, PREFIX_BYTES, TAG_BYTES)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA256 of " + label.length + " bytes failed", e);
    }
  }

  @Override
  public String toString() {
    return "Keyring[" + (mac == null ? "empty" : origin) + "]";
  }
}
