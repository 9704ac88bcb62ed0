package dev.gatehouse.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.access.AccessReviewId;
import dev.gatehouse.access.AccessReviewLine;
import dev.gatehouse.access.Action;
import dev.gatehouse.access.Grant;
import dev.gatehouse.access.GrantConditions;
import dev.gatehouse.access.GrantEffect;
import dev.gatehouse.access.GrantId;
import dev.gatehouse.access.GrantPriority;
import dev.gatehouse.access.GrantTerms;
import dev.gatehouse.access.Grantee;
import dev.gatehouse.access.OutputPolicy;
import dev.gatehouse.access.Quota;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The CSV of access reviews: pieces, and cells that are what they seem. */
final class AccessReviewExportTest {

  private static final Instant TIME = Instant.parse("2026-03-01T12:00:00Z");
  private static final long SEED = 1_004;

  private static AccessReviewLine line(int number, String output, String comment) {
    return new AccessReviewLine(
        new AccessReviewId("r"),
        number,
        new Grant(
            new GrantId("g-" + number),
            new ModelName("digits"),
            new Grantee.ToCaller(new CallerId("-minus")),
            GrantEffect.ALLOW,
            Set.of(Action.READ_METADATA, Action.INFER),
            GrantConditions.NONE,
            new GrantTerms(
                100,
                GrantPriority.BULK,
                Quota.NONE,
                List.of(
                    new OutputPolicy(
                        output, OutputPolicy.Detail.TOP_K, 3, 0, OutputPolicy.Scores.LOGITS))),
            TIME,
            new CallerId("ada"),
            TIME),
        Optional.empty(),
        true,
        false,
        Set.of(Action.READ_METADATA),
        Optional.of(
            new AccessReviewLine.Decided(
                AccessReviewLine.Verdict.REVOKED, new CallerId("eve"), TIME, comment)));
  }

  private static IntFunction<List<AccessReviewLine>> pages(List<AccessReviewLine> lines) {
    return after -> lines.subList(after, Math.min(lines.size(), after + 7));
  }

  private static String all(AccessReviewExport export) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] piece = export.next(); piece != null; piece = export.next()) {
      assertTrue(piece.length > 0 && piece.length <= AccessReviewExport.PIECE_BYTES_MAX);
      bytes.writeBytes(piece);
    }
    assertNull(export.next(), "the end stays the end");
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static List<CSVRecord> parse(String csv) throws IOException {
    return CSVFormat.RFC4180
        .builder()
        .setHeader()
        .setSkipHeaderRecord(true)
        .get()
        .parse(new StringReader(csv))
        .getRecords();
  }

  @Test
  void export_ofNothing_isTheHeader() throws IOException {
    String csv = all(new AccessReviewExport(pages(List.of())));
    assertTrue(csv.startsWith("line,model,grant,"), csv);
    assertTrue(csv.endsWith(",comment\r\n"), csv);
    assertEquals(List.of(), parse(csv));
  }

  @Test
  void export_ofLine_saysEverythingInItsColumn() throws IOException {
    CSVRecord row = parse(all(new AccessReviewExport(pages(List.of(line(1, "y", "left")))))).get(0);
    assertEquals("1", row.get("line"));
    assertEquals("digits", row.get("model"));
    assertEquals("g-1", row.get("grant"));
    assertEquals("caller", row.get("grantee_kind"));
    assertEquals("'-minus", row.get("grantee"));
    assertEquals("INFER READ_METADATA", row.get("actions"));
    assertEquals("TOP_K=3:y", row.get("output_policies"));
    assertEquals("ada", row.get("granted_by"));
    assertEquals("2026-03-01T12:00:00Z", row.get("grant_time"));
    assertEquals("", row.get("last_use_time"));
    assertEquals("true", row.get("unused"));
    assertEquals("READ_METADATA", row.get("unused_actions"));
    assertEquals("REVOKED", row.get("decision"));
    assertEquals("eve", row.get("decider"));
    assertEquals("left", row.get("comment"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=x", "=cmd|' /C calc'!A0"})
  void cell_thatWouldBeAFormula_isText(String comment) throws IOException {
    CSVRecord row = parse(all(new AccessReviewExport(pages(List.of(line(1, "", comment)))))).get(0);
    assertEquals("'" + comment, row.get("comment"));
  }

  @Test
  void export_ofManyHostileLines_isReadBackCellByCellAndComesInPieces() throws IOException {
    Random random = new Random(SEED);
    String alphabet = "a,;\"'=\n\r\t é✓\\|0";
    List<AccessReviewLine> lines = new ArrayList<>();
    for (int i = 1; i <= 3_000; i++) {
      StringBuilder comment = new StringBuilder();
      for (int length = random.nextInt(120); length > 0; length--) {
        comment.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      lines.add(line(i, "y", comment.toString()));
    }
    List<CSVRecord> rows = parse(all(new AccessReviewExport(pages(lines))));
    assertEquals(lines.size(), rows.size(), "seed " + SEED);
    for (int i = 0; i < rows.size(); i++) {
      String comment = lines.get(i).decision().orElseThrow().comment();
      assertEquals(
          AccessReviewCsv.harmless(comment),
          rows.get(i).get("comment"),
          "line " + i + ", seed " + SEED);
      assertEquals(Integer.toString(i + 1), rows.get(i).get("line"));
    }
  }

  @Test
  void export_ofLinesLongerThanAPiece_isCutAnywhere() throws IOException {
    List<AccessReviewLine> lines =
        List.of(line(1, "y", "é".repeat(100_000)), line(2, "y", "x".repeat(70_000)));
    List<CSVRecord> rows = parse(all(new AccessReviewExport(pages(lines))));
    assertEquals("é".repeat(100_000), rows.get(0).get("comment"));
    assertEquals("x".repeat(70_000), rows.get(1).get("comment"));
  }
}
