package dev.gatehouse.audit.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatehouse.audit.checkpoint.Checkpoint;
import dev.gatehouse.audit.checkpoint.NoteException;
import dev.gatehouse.audit.checkpoint.VerifierKey;
import dev.gatehouse.audit.entry.Entry;
import dev.gatehouse.audit.entry.EntryCodec;
import dev.gatehouse.audit.entry.EntryKind;
import dev.gatehouse.audit.entry.Field;
import dev.gatehouse.audit.merkle.Hash;
import dev.gatehouse.audit.merkle.LeafTree;
import dev.gatehouse.audit.merkle.Proofs;
import dev.gatehouse.audit.merkle.TreeHasher;
import dev.gatehouse.keys.SigningKey;
import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds docs/security/audit-vectors.json, which other implementations can be tried with, to the
 * code. With the system property {@code gatehouse.docs.write} it is written anew.
 */
final class AuditVectorsTest {

  private static final String FILE = "docs/security/audit-vectors.json";
  private static final String JOURNAL = "000102030405060708090a0b0c0d0e0f";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TreeHasher hasher = new TreeHasher();

  @Test
  void vectors_inTheDocument_areThoseOfTheCode(@TempDir Path folder)
      throws IOException, NoteException {
    Path file = Folders.project(FILE);
    ObjectNode vectors = JSON.createObjectNode();
    List<byte[]> entries = entries(vectors.putArray("entries"));
    LeafTree tree = tree(entries, vectors.putObject("tree"));
    segment(vectors.putObject("segment"));
    if (Boolean.getBoolean("gatehouse.docs.write")) {
      SigningKey key = SigningKey.open(folder.resolve("key.json"), true);
      VerifierKey verifier = new VerifierKey("example.com/audit", key.publicKey());
      vectors
          .putObject("checkpoint")
          .put("verifier_key", verifier.toString())
          .put(
              "note",
              new Checkpoint(verifier.name(), tree.size(), tree.root())
                  .sign(key, verifier)
                  .toString());
      Files.writeString(
          file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(vectors) + "\n");
    }
    ObjectNode documented = (ObjectNode) JSON.readTree(Files.readString(file));
    JsonNode checkpoint = documented.remove("checkpoint");
    vectors.remove("checkpoint");
    assertEquals(JSON.readTree(JSON.writeValueAsString(vectors)), documented);
    assertEquals(
        new Checkpoint("example.com/audit", tree.size(), tree.root()),
        Checkpoint.open(
            checkpoint.get("note").asText(),
            VerifierKey.parse(checkpoint.get("verifier_key").asText())));
  }

  /** An entry of each kind with all fields that it can have. */
  private List<byte[]> entries(ArrayNode out) {
    List<byte[]> entries = new ArrayList<>();
    for (EntryKind kind : EntryKind.values()) {
      Map<Field, Object> fields = new EnumMap<>(Field.class);
      ObjectNode vector = out.addObject();
      vector.put("kind", kind.label()).put("sequence", entries.size());
      vector.put("time_micros", 1_700_000_000_000_001L);
      ObjectNode values = vector.putObject("fields");
      for (Field field : Field.values()) {
        if (kind.allows(field)) {
          fields.put(field, value(field));
          values.put(field.label(), String.valueOf(value(field)));
        }
      }
      Instant time = Instant.ofEpochSecond(1_700_000_000L, 1_000);
      byte[] bytes = EntryCodec.write(new Entry(kind, entries.size(), time, fields));
      vector.put("bytes", HexFormat.of().formatHex(bytes));
      vector.put("leaf", hasher.leaf(bytes).toString());
      entries.add(bytes);
    }
    return entries;
  }

  private static Object value(Field field) {
    return switch (field.type()) {
      case TEXT, LONG_TEXT ->
          field == Field.JOURNAL ? JOURNAL : field.label() + " \u00e9\u2028\ud83d\ude00";
      case NUMBER -> field == Field.ROWS ? 0L : 255L + field.tag();
      case HASH -> Hash.of(HexFormat.of().parseHex("%02x".formatted(field.tag()).repeat(32)));
      case TRACE -> "0af7651916cd43dd8448eb211c80319c";
      case BYTES -> "000102";
    };
  }

  private LeafTree tree(List<byte[]> entries, ObjectNode out) {
    LeafTree tree = new LeafTree();
    ArrayNode roots = out.putArray("roots");
    roots.add(tree.root().toString());
    for (byte[] entry : entries) {
      tree.append(hasher.leaf(entry));
      roots.add(tree.root().toString());
    }
    ArrayNode inclusion = out.putArray("inclusion");
    for (long index = 0; index < tree.size(); index++) {
      ObjectNode proof = inclusion.addObject().put("index", index).put("size", tree.size());
      path(Proofs.inclusion(tree, index, tree.size()), proof.putArray("path"));
    }
    ArrayNode consistency = out.putArray("consistency");
    for (long first = 1; first <= tree.size(); first++) {
      ObjectNode proof = consistency.addObject().put("first", first).put("second", tree.size());
      path(Proofs.consistency(tree, first, tree.size()), proof.putArray("path"));
    }
    return tree;
  }

  private static void path(List<Hash> path, ArrayNode out) {
    path.forEach(hash -> out.add(hash.toString()));
  }

  private void segment(ObjectNode out) {
    SegmentFile segment = new SegmentFile(JOURNAL, 0, 0, SegmentFile.ZERO);
    ArrayNode chain = out.putArray("chain");
    for (int i = 0; i < 3; i++) {
      segment.add(
          EntryCodec.write(
              new Entry(
                  EntryKind.DROPPED, i, Instant.ofEpochSecond(i), Map.of(Field.COUNT, (long) i))));
      chain.add(segment.records.getLast().chain().toString());
    }
    out.put("footer_hash", segment.close().toString());
    out.put("root", segment.root().toString());
    out.put("segment_file", HexFormat.of().formatHex(segment.bytes()));
    out.put("hashes_file", HexFormat.of().formatHex(segment.hashes()));
  }
}
