package dev.gatehouse.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.signature.Ed25519Parameters;
import com.google.crypto.tink.signature.SignatureConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SigningKeyTest {

  private static final byte[] DATA = "data".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;

  @Test
  void sign_dataAndOther_isVerifiedByItsPublicKeyAlone() {
    SigningKey key = SigningKey.open(folder.resolve("a.json"), true);
    SigningKey other = SigningKey.open(folder.resolve("b.json"), true);
    byte[] signature = key.sign(DATA);
    assertEquals(SigningKey.SIGNATURE_BYTES, signature.length);
    assertTrue(new VerifyingKey(key.publicKey()).verifies(signature, DATA));
    assertFalse(new VerifyingKey(other.publicKey()).verifies(signature, DATA));
    signature[0] ^= 1;
    assertFalse(new VerifyingKey(key.publicKey()).verifies(signature, DATA));
    assertFalse(new VerifyingKey(key.publicKey()).verifies(new byte[3], DATA));
  }

  @Test
  void open_again_isTheSameKey() throws Exception {
    Path file = folder.resolve("a.json");
    byte[] first = SigningKey.open(file, true).publicKey();
    assertArrayEquals(first, SigningKey.open(file, true).publicKey());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void open_missingAndNotToBeMade_isRefused() {
    Path file = folder.resolve("none.json");
    assertThrows(KeyFileException.class, () -> SigningKey.open(file, false));
    assertFalse(Files.exists(file));
  }

  @Test
  void open_readableByOthers_isRefused() throws Exception {
    Path file = folder.resolve("a.json");
    SigningKey key = SigningKey.open(file, true);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    KeyFileException refused =
        assertThrows(KeyFileException.class, () -> SigningKey.open(file, true));
    assertTrue(refused.toString().contains("0600"));
    assertFalse(key.toString().contains("privateKey"));
  }

  @Test
  void open_anotherTemplate_isRefused() throws Exception {
    SignatureConfig.register();
    String prefixed =
        TinkJsonProtoKeysetFormat.serializeKeyset(
            KeysetHandle.generateNew(Ed25519Parameters.create(Ed25519Parameters.Variant.TINK)),
            InsecureSecretKeyAccess.get());
    for (String content : new String[] {prefixed, "{}", "", "no keyset"}) {
      Path file = folder.resolve("wrong.json");
      Files.deleteIfExists(file);
      Path made =
          Files.createFile(
              file,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(made, content);
      KeyFileException refused =
          assertThrows(KeyFileException.class, () -> SigningKey.open(file, true));
      assertFalse(content.length() > 20 && refused.toString().contains(content));
    }
  }
}
