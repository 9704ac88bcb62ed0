package dev.gatehouse.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.mac.HmacKey;
import com.google.crypto.tink.mac.MacConfig;
import com.google.crypto.tink.mac.PredefinedMacParameters;
import com.google.crypto.tink.util.SecretBytes;
import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Tensor;
import dev.gatehouse.keys.Keyring;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Digests of inputs, against the vector of docs/security/audit.md and each other. */
final class InputDigestsTest {

  private static final Duration PERIOD = Duration.ofDays(30);
  private static final Instant NOW = Instant.parse("2025-12-01T00:00:00Z");
  private static final int KEY_ID = 0x0a0b0c0d;

  private static final List<Tensor> INPUTS =
      List.of(
          tensor("INPUT0", Datatype.INT32, Shape.of(1, 2), 1, 0, 0, 0, -2, -1, -1, -1),
          tensor("mask", Datatype.BOOL, Shape.of(3), 1, 0, 1));

  @TempDir private Path folder;

  @BeforeAll
  static void register() throws GeneralSecurityException {
    MacConfig.register();
  }

  private static Tensor tensor(String name, Datatype datatype, Shape shape, int... bytes) {
    ByteBuffer data = ByteBuffer.allocate(bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int b : bytes) {
      data.put((byte) b);
    }
    return new Tensor(name, datatype, shape, data.flip());
  }

  private static byte[] counting(int from, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (from + i);
    }
    return bytes;
  }

  private static HmacKey key(int id, byte[] bytes) throws GeneralSecurityException {
    return HmacKey.builder()
        .setParameters(PredefinedMacParameters.HMAC_SHA256_256BITTAG)
        .setKeyBytes(SecretBytes.copyFrom(bytes, InsecureSecretKeyAccess.get()))
        .setIdRequirement(id)
        .build();
  }

  /** A keyring of these keys, of which the last is the primary one. */
  private Keyring keyring(String name, HmacKey... keys) {
    try {
      KeysetHandle.Builder keyset = KeysetHandle.newBuilder();
      for (HmacKey key : keys) {
        KeysetHandle.Builder.Entry entry =
            KeysetHandle.importKey(key).withFixedId(key.getIdRequirementOrNull());
        keyset.addEntry(key == keys[keys.length - 1] ? entry.makePrimary() : entry);
      }
      Path file = folder.resolve(name);
      Files.writeString(
          file,
          TinkJsonProtoKeysetFormat.serializeKeyset(keyset.build(), InsecureSecretKeyAccess.get()));
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      return Keyring.open(file, false);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Keyring keyring() throws GeneralSecurityException {
    return keyring("keys", key(KEY_ID, counting(0, 32)));
  }

  private static InputDigests at(Keyring keyring, Instant now) {
    return new InputDigests(keyring, PERIOD, () -> now);
  }

  @Test
  void digest_ofTheVector_isAsDocumented() throws Exception {
    InputDigests digests = at(keyring(), NOW);
    byte[] stored = digests.digest(INPUTS, counting(0x80, 16));
    assertEquals(
        "010a0b0c0d00000000690e8800808182838485868788898a8b8c8d8e8f"
            + "99ca51dc4fdaad2b681144eeb38b9150cb5b77c08723d68dfe403b7d2d17b89e",
        HexFormat.of().formatHex(stored));
    assertEquals(
        Optional.of("e4ac7745f172964f9de703f4ec3f74976971032526f44de0c378a404036e2bab"),
        digests.open(stored));
    String documented = Files.readString(Path.of("docs/security/audit.md")).replaceAll("\\s+", "");
    assertEquals(
        true, documented.contains(HexFormat.of().formatHex(stored)), "the documented vector");
  }

  @Test
  void digest_ofEqualInputs_matchesForWhoHasTheKeyAndLooksDifferent() throws Exception {
    InputDigests digests = at(keyring(), NOW);
    Set<String> stored = new HashSet<>();
    Set<String> opened = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      byte[] one = digests.digest(INPUTS);
      assertEquals(InputDigests.STORED_BYTES, one.length);
      // All but format, key and period.
      stored.add(HexFormat.of().formatHex(one, 13, one.length));
      opened.add(at(keyring(), NOW.plus(PERIOD)).open(one).orElseThrow());
    }
    assertEquals(50, stored.size());
    assertEquals(1, opened.size());
    Keyring stranger = keyring("other", key(KEY_ID, counting(1, 32)));
    assertNotEquals(1, openedBy(stranger, digests, 10).size(), "another key opens nothing");
  }

  private static Set<String> openedBy(Keyring keyring, InputDigests digests, int count) {
    Set<String> opened = new HashSet<>();
    for (int i = 0; i < count; i++) {
      opened.add(at(keyring, NOW).open(digests.digest(INPUTS)).orElseThrow());
    }
    return opened;
  }

  @Test
  void digest_ofInputsThatDifferAnywhere_differs() throws Exception {
    List<List<Tensor>> different = new ArrayList<>();
    different.add(INPUTS);
    different.add(INPUTS.reversed());
    different.add(List.of(INPUTS.getFirst()));
    different.add(List.of());
    for (Tensor other :
        List.of(
            tensor("INPUT1", Datatype.INT32, Shape.of(1, 2), 1, 0, 0, 0, -2, -1, -1, -1),
            tensor("INPUT0", Datatype.FP32, Shape.of(1, 2), 1, 0, 0, 0, -2, -1, -1, -1),
            tensor("INPUT0", Datatype.INT32, Shape.of(2, 1), 1, 0, 0, 0, -2, -1, -1, -1),
            tensor("INPUT0", Datatype.INT32, Shape.of(2), 1, 0, 0, 0, -2, -1, -1, -1),
            tensor("INPUT0", Datatype.INT32, Shape.of(1, 2), 1, 0, 0, 0, -2, -1, -1, -2))) {
      different.add(List.of(other, INPUTS.getLast()));
    }
    InputDigests digests = at(keyring(), NOW);
    Set<String> opened = new HashSet<>();
    different.forEach(inputs -> opened.add(digests.open(digests.digest(inputs)).orElseThrow()));
    assertEquals(different.size(), opened.size());
  }

  @Test
  void digest_ofAnotherPeriod_cannotBeMatched() throws Exception {
    Keyring keyring = keyring();
    InputDigests reader = at(keyring, NOW);
    long start = NOW.getEpochSecond() - NOW.getEpochSecond() % PERIOD.toSeconds();
    Instant first = Instant.ofEpochSecond(start);
    Set<String> within = new HashSet<>();
    for (Instant now : List.of(first, NOW, first.plus(PERIOD).minusMillis(1))) {
      within.add(reader.open(at(keyring, now).digest(INPUTS)).orElseThrow());
    }
    assertEquals(1, within.size());
    for (Instant now : List.of(first.minusMillis(1), first.plus(PERIOD))) {
      within.add(reader.open(at(keyring, now).digest(INPUTS)).orElseThrow());
    }
    assertEquals(3, within.size());
  }

  @Test
  void open_afterTheKeyWasRotated_worksUntilItIsGone() throws Exception {
    HmacKey old = key(KEY_ID, counting(0, 32));
    HmacKey fresh = key(7, counting(100, 32));
    byte[] stored = at(keyring("old", old), NOW).digest(INPUTS);
    Optional<String> before = at(keyring("old", old), NOW).open(stored);
    InputDigests both = at(keyring("both", old, fresh), NOW);
    assertEquals(before, both.open(stored));
    assertNotEquals(before, both.open(both.digest(INPUTS)), "the new key digests");
    assertEquals(Optional.empty(), at(keyring("fresh", fresh), NOW).open(stored));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 60, 62, 64})
  void open_ofAnotherLength_isEmpty(int length) throws Exception {
    assertEquals(Optional.empty(), at(keyring(), NOW).open(new byte[length]));
  }

  @Test
  void open_ofAnotherFormat_isEmpty() throws Exception {
    InputDigests digests = at(keyring(), NOW);
    byte[] stored = digests.digest(INPUTS);
    stored[0] = 2;
    assertEquals(Optional.empty(), digests.open(stored));
  }

  @Test
  void digest_withoutAKey_isRefused() {
    Keyring none = Keyring.open(folder.resolve("nothing"), false);
    InputDigests digests = at(none, NOW);
    assertFalse(digests.available());
    assertThrows(IllegalStateException.class, () -> digests.digest(INPUTS));
    assertEquals(Optional.empty(), digests.open(new byte[InputDigests.STORED_BYTES]));
  }

  @Test
  void digest_leavesTheInputsAsTheyAre() throws Exception {
    Tensor input = INPUTS.getFirst();
    at(keyring(), NOW).digest(INPUTS);
    assertEquals(0, input.data().position());
    assertArrayEquals(new byte[] {1, 0, 0, 0}, first(input));
  }

  private static byte[] first(Tensor input) {
    byte[] bytes = new byte[4];
    input.bytes().get(bytes);
    return bytes;
  }

  @Test
  void period_outOfBounds_isRefused() throws Exception {
    Keyring keyring = keyring();
    for (Duration period : List.of(Duration.ofMinutes(59), Duration.ofDays(367))) {
      assertThrows(
          IllegalArgumentException.class, () -> new InputDigests(keyring, period, () -> NOW));
    }
  }
}
