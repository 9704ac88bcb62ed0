package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.Progress;
import dev.gatehouse.audit.verify.Finding.Kind;
import dev.gatehouse.audit.verify.JournalClaims.Closed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Verifies a record: that both logs are those that were written, whole and in order, as far as
 * signed checkpoints vouch for them.
 *
 * <p>Works on a record that grows meanwhile: what is there at the beginning is verified. Reads
 * everything once; holds the calls that run, an object for each segment there ever was, and the
 * first faults. For one thread.
 */
public final class Verifier {

  private final Evidence evidence;
  private final Progress progress;
  private final Findings findings = new Findings();

  private Verifier(Evidence evidence, Progress progress) {
    this.evidence = evidence;
    this.progress = progress;
  }

  /**
   * Verifies, and tells everything that is wrong.
   *
   * @throws IOException if something cannot be read; nothing is known then
   */
  public static Report verify(Evidence evidence, Progress progress) throws IOException {
    return new Verifier(evidence, progress).verify();
  }

  private Report verify() throws IOException {
    // Before the control log: a journal that begins meanwhile is not one that it does not tell of.
    Map<String, Path> folders = folders();
    List<Vouched> checkpoints =
        new Checkpoints(evidence.keys(), findings).open(evidence.checkpoints());
    TreeCheck tree = new TreeCheck(checkpoints, evidence.nodes(), findings);
    Map<String, JournalClaims> claimed =
        new ControlCheck(tree, findings, progress).check(evidence.control());
    List<Path> roots = evidence.journals();
    if (roots == null) {
      findings.note("the journals of the replicas were not looked at");
    } else {
      journals(claimed, folders, roots);
    }
    return findings.report();
  }

  private Map<String, Path> folders() throws IOException {
    List<Path> roots = evidence.journals();
    if (roots == null) {
      return Map.of();
    }
    List<Path> strange = new ArrayList<>();
    Map<String, Path> folders = JournalFiles.journals(roots, strange);
    for (Path path : strange) {
      findings.add(
          Kind.FILE_UNKNOWN,
          new Place(Printable.of(path.toString()), Place.NONE, Place.NONE),
          "it is no journal, or one that is there already");
    }
    return folders;
  }

  private void journals(
      Map<String, JournalClaims> claimed, Map<String, Path> folders, List<Path> roots)
      throws IOException {
    Map<String, Path> unknown = new TreeMap<>(folders);
    for (JournalClaims claims : claimed.values()) {
      unknown.remove(claims.id());
      Path folder = folders.get(claims.id());
      if (folder == null) {
        folder = begunMeanwhile(roots, claims.id());
      }
      if (folder == null) {
        missing(claims);
      } else {
        new JournalCheck(claims, folder, findings, progress).check();
        findings.count("journals", 1);
      }
    }
    for (String id : unknown.keySet()) {
      findings.add(
          Kind.JOURNAL_UNKNOWN,
          Place.journal(id, Place.NONE, Place.NONE),
          "the control log does not tell of this journal");
    }
  }

  private static @Nullable Path begunMeanwhile(List<Path> roots, String id) {
    for (Path root : roots) {
      Path folder = root.resolve(id);
      if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        return folder;
      }
    }
    return null;
  }

  private void missing(JournalClaims claims) {
    String what =
        "it is not here: %d segments with %d entries, written by replica %s"
            .formatted(
                claims.anchors().size(), claims.entriesAnchored(), Printable.of(claims.replica()));
    Closed closed = claims.closed();
    if (closed != null && closed.segments() == 0) {
      return;
    }
    if (evidence.journalsElsewhere()) {
      findings.note("journal " + claims.id() + ": " + what);
    } else {
      findings.add(Kind.JOURNAL_MISSING, Place.journal(claims.id(), 0, 0), what);
    }
  }
}
