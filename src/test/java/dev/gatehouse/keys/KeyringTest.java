package dev.gatehouse.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.mac.PredefinedMacParameters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The keyset's file and what is done with it, on a real file system. */
final class KeyringTest {

  private static final byte[] DATA = bytes("some data");

  @TempDir private Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Path file() {
    return folder.resolve("deeper/keys.json");
  }

  private static Path write(Path file, String mode, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String json(KeysetHandle keyset) throws GeneralSecurityException {
    return TinkJsonProtoKeysetFormat.serializeKeyset(keyset, InsecureSecretKeyAccess.get());
  }

  private static KeysetHandle keyset(Path file) throws IOException, GeneralSecurityException {
    return TinkJsonProtoKeysetFormat.parseKeyset(
        Files.readString(file), InsecureSecretKeyAccess.get());
  }

  @Test
  void open_noFile_makesOneForItsOwnerAloneAndNothingElse() throws IOException {
    Keyring keyring = Keyring.open(file(), true);
    assertTrue(keyring.available());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(file().getParent())));
    try (Stream<Path> files = Files.list(file().getParent())) {
      assertEquals(List.of(file()), files.toList(), "no piece of the making is left");
    }
  }

  @Test
  void open_fileThatIsThere_isReadAndNeverChanged() throws IOException {
    byte[] tag = Keyring.open(file(), true).tag(DATA);
    byte[] content = Files.readAllBytes(file());
    Keyring again = Keyring.open(file(), true);
    assertTrue(again.verifies(tag, DATA));
    assertArrayEquals(tag, again.tag(DATA));
    assertArrayEquals(content, Files.readAllBytes(file()));
  }

  @Test
  void open_manyAtOnce_makeOneKeyset() throws Exception {
    List<Callable<Keyring>> openings = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      openings.add(() -> Keyring.open(file(), true));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<byte[]> tags = new ArrayList<>();
      for (Future<Keyring> opened : threads.invokeAll(openings)) {
        tags.add(tag(opened));
      }
      for (byte[] tag : tags) {
        assertArrayEquals(tags.getFirst(), tag);
      }
    }
  }

  private static byte[] tag(Future<Keyring> opened) throws InterruptedException {
    try {
      return opened.get().tag(DATA);
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void open_noFileAndNoneWanted_hasNoKeyAndMakesNothing() {
    Keyring keyring = Keyring.open(file(), false);
    assertFalse(keyring.available());
    assertFalse(Files.exists(file()));
    assertFalse(keyring.verifies(Keyring.open(folder.resolve("k"), true).tag(DATA), DATA));
    assertThrows(IllegalStateException.class, () -> keyring.tag(DATA));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r--r--", "rw----r--", "rw-----w-", "rw-rw----", "rwx-----x"})
  void open_fileThatOthersCanUse_isRefusedWithWhatToDo(String mode) throws IOException {
    Path good = Files.copy(openedFile(), folder.resolve("copy"));
    Path file = Files.setPosixFilePermissions(good, PosixFilePermissions.fromString(mode));
    KeyFileException refused = assertThrows(KeyFileException.class, () -> Keyring.open(file, true));
    assertTrue(refused.toString().contains(mode), refused::toString);
    assertTrue(refused.toString().contains("0600"), refused::toString);
    assertTrue(refused.toString().contains(file.toString()), refused::toString);
  }

  private Path openedFile() {
    Keyring unused = Keyring.open(file(), true);
    return file();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "r--------", "r--r-----"})
  void open_fileForOwnerOrGroup_isTaken(String mode) throws IOException {
    Path file = Files.setPosixFilePermissions(openedFile(), PosixFilePermissions.fromString(mode));
    assertTrue(Keyring.open(file, true).available());
  }

  @Test
  void open_linkAsKubernetesMounts_isFollowedAndOneThatLeadsNowhereIsNotReplaced()
      throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), openedFile());
    assertTrue(Keyring.open(link, true).available());
    Path broken = Files.createSymbolicLink(folder.resolve("broken"), folder.resolve("nothing"));
    assertThrows(KeyFileException.class, () -> Keyring.open(broken, true));
    assertFalse(Files.exists(folder.resolve("nothing")));
  }

  @Test
  void open_folderThatCannotBeMade_saysSo() throws IOException {
    Path file = write(folder.resolve("a/plain-file"), "rw-------", "x");
    assertThrows(KeyFileException.class, () -> Keyring.open(file.resolve("keys.json"), true));
  }

  @Test
  void open_contentThatIsNoKeyset_isRefusedWithoutQuotingIt() throws Exception {
    String keyset = Files.readString(openedFile());
    String encryptedLike = "{\"encryptedKeyset\":\"marked-secret\"}";
    String otherKind =
        json(KeysetHandle.generateNew(PredefinedMacParameters.HMAC_SHA256_128BITTAG));
    String cmac = json(KeysetHandle.generateNew(PredefinedMacParameters.AES_CMAC));
    List<String> contents = new ArrayList<>(List.of("", "{}", "[]", "null", "marked-secret"));
    contents.addAll(List.of(encryptedLike, otherKind, cmac, keyset.substring(0, 80)));
    contents.add("marked-secret".repeat(10_000));
    long seed = 4_001;
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      char[] mangled = keyset.toCharArray();
      mangled[random.nextInt(mangled.length)] = (char) (' ' + random.nextInt(95));
      contents.add(new String(mangled));
    }
    int refusals = 0;
    for (int i = 0; i < contents.size(); i++) {
      Path file = write(folder.resolve("content-" + i), "rw-------", contents.get(i));
      try {
        Keyring unused = Keyring.open(file, true);
      } catch (KeyFileException e) {
        refusals++;
        assertNull(e.getCause());
        assertFalse(e.toString().contains("marked-secret"), "seed " + seed);
        assertTrue(e.toString().contains(file.toString()));
      }
      assertEquals(contents.get(i), Files.readString(file), "seed " + seed);
    }
    assertTrue(refusals >= 10, refusals + " refusals, seed " + seed);
  }

  @Test
  void tag_ofData_isTheHmacOfRfc2104AfterTheNameOfTheKey() throws Exception {
    byte[] tag = Keyring.open(file(), true).tag(DATA);
    assertEquals(Keyring.TAG_BYTES, tag.length);
    byte[] key =
        ((com.google.crypto.tink.mac.HmacKey) keyset(file()).getPrimary().getKey())
            .getKeyBytes()
            .toByteArray(InsecureSecretKeyAccess.get());
    Mac reference = Mac.getInstance("HmacSHA256");
    reference.init(new SecretKeySpec(key, "HmacSHA256"));
    assertEquals(
        HexFormat.of().formatHex(reference.doFinal(DATA)), HexFormat.of().formatHex(tag, 5, 37));
  }

  @Test
  void verifies_anyBitChanged_doesNot() {
    Keyring keyring = Keyring.open(file(), true);
    byte[] tag = keyring.tag(DATA);
    assertTrue(keyring.verifies(tag, DATA));
    for (int bit = 0; bit < tag.length * 8; bit++) {
      byte[] changed = tag.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      assertFalse(keyring.verifies(changed, DATA), "bit " + bit);
    }
    assertFalse(keyring.verifies(tag, bytes("some datb")));
    assertFalse(keyring.verifies(new byte[0], DATA));
    assertFalse(keyring.verifies(java.util.Arrays.copyOf(tag, 20), DATA));
    assertFalse(keyring.verifies(java.util.Arrays.copyOf(tag, 38), DATA));
    assertFalse(Keyring.open(folder.resolve("other"), true).verifies(tag, DATA));
  }

  @Test
  void rotation_keyAddedThenPrimaryThenAlone_verifiesWhatItShould() throws Exception {
    Keyring first = Keyring.open(file(), true);
    byte[] before = first.tag(DATA);
    KeysetHandle one = keyset(file());
    KeysetHandle.Builder builder = KeysetHandle.newBuilder(one);
    builder.addEntry(
        KeysetHandle.generateEntryFromParameters(PredefinedMacParameters.HMAC_SHA256_256BITTAG)
            .withRandomId());
    KeysetHandle added = builder.build();
    Keyring withNew = Keyring.open(write(folder.resolve("added"), "rw-------", json(added)), true);
    assertArrayEquals(before, withNew.tag(DATA), "the former key still makes tags");

    KeysetHandle.Builder promoted = KeysetHandle.newBuilder(added);
    promoted.getAt(1).makePrimary();
    KeysetHandle both = promoted.build();
    Keyring second = Keyring.open(write(folder.resolve("promoted"), "rw-------", json(both)), true);
    byte[] after = second.tag(DATA);
    assertNotEquals(HexFormat.of().formatHex(before), HexFormat.of().formatHex(after));
    assertTrue(second.verifies(before, DATA) && second.verifies(after, DATA));
    assertTrue(withNew.verifies(after, DATA), "replicas that have not restarted yet");

    KeysetHandle.Builder alone = KeysetHandle.newBuilder(both);
    alone.deleteAt(0);
    Keyring third =
        Keyring.open(write(folder.resolve("alone"), "rw-------", json(alone.build())), true);
    assertTrue(third.verifies(after, DATA));
    assertFalse(third.verifies(before, DATA));
  }

  @Test
  void texts_ofKeyringAndSecret_showNothing() throws Exception {
    Keyring keyring = Keyring.open(file(), true);
    String key = Files.readString(file());
    String value = key.substring(key.indexOf("\"value\"") + 9, key.indexOf("\"value\"") + 40);
    assertFalse(keyring.toString().contains(value));
    Secret secret = new Secret("marked-secret");
    assertEquals("marked-secret", secret.reveal());
    assertFalse((secret + String.format("%s", secret)).contains("marked"));
    assertEquals(secret, new Secret("marked-secret"));
    assertNotEquals(secret, new Secret("marked-secreu"));
    assertEquals(secret.hashCode(), new Secret("other").hashCode());
    ObjectMapper mapper =
        new ObjectMapper().configure(SerializationFeature.FAIL_ON_EMPTY_BEANS, false);
    assertEquals("{}", mapper.writeValueAsString(secret));
    assertFalse(mapper.writeValueAsString(List.of(keyring)).contains(value));
  }
}
