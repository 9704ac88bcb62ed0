package dev.gatehouse.torchscript;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Tells whether bytes have the structure of a TorchScript archive: a zip file whose entries lie
 * under one folder and which has {@code data.pkl}, {@code version} and code there.
 *
 * <p>Reads the zip's central directory by itself, since the native reader differs from Java's: it
 * finds entries whatever their case, and takes the last of entries with one name. Both are refused.
 * Format: PKWARE APPNOTE 6.3, sections 4.3.12 and 4.3.16; zip64 sizes are not followed, as a file
 * of less than 2 GiB needs none.
 */
public final class ArchiveCheck {

  /** The most entries of an archive. */
  public static final int ENTRIES_MAX = 65_535;

  private static final int END_SIGNATURE = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int COMMENT_BYTES_MAX = 65_535;
  private static final int ENTRY_SIGNATURE = 0x02014b50;
  private static final int ENTRY_BYTES = 46;

  private final ByteBuffer file;
  private final Set<String> names = new HashSet<>();

  private ArchiveCheck(byte[] bytes) {
    this.file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** What is wrong with {@code bytes} as a TorchScript archive, or empty if nothing is. */
  public static Optional<String> problem(byte[] bytes) {
    return new ArchiveCheck(bytes).problem();
  }

  private Optional<String> problem() {
    int end = endRecord();
    if (end < 0) {
      return Optional.of("not a zip archive");
    }
    int entries = Short.toUnsignedInt(file.getShort(end + 10));
    long offset = Integer.toUnsignedLong(file.getInt(end + 16));
    for (int i = 0; i < entries; i++) {
      if (offset > end - ENTRY_BYTES || file.getInt((int) offset) != ENTRY_SIGNATURE) {
        return Optional.of("its directory is damaged");
      }
      int at = (int) offset;
      int nameBytes = Short.toUnsignedInt(file.getShort(at + 28));
      if (at + ENTRY_BYTES + nameBytes > end) {
        return Optional.of("its directory is damaged");
      }
      String name =
          new String(file.array(), at + ENTRY_BYTES, nameBytes, StandardCharsets.ISO_8859_1);
      if (!names.add(name.toLowerCase(Locale.ROOT))) {
        return Optional.of("an entry is there twice");
      }
      offset +=
          ENTRY_BYTES
              + nameBytes
              + Short.toUnsignedInt(file.getShort(at + 30))
              + Short.toUnsignedInt(file.getShort(at + 32));
    }
    return contents();
  }

  /** The position of the end record, or -1. */
  private int endRecord() {
    int last = file.capacity() - END_BYTES;
    int first = Math.max(0, last - COMMENT_BYTES_MAX);
    for (int at = last; at >= first; at--) {
      if (file.getInt(at) == END_SIGNATURE) {
        return at;
      }
    }
    return -1;
  }

  private Optional<String> contents() {
    Set<String> roots = new HashSet<>();
    for (String name : names) {
      int slash = name.indexOf('/');
      roots.add(slash < 0 ? "" : name.substring(0, slash));
    }
    if (roots.size() != 1) {
      return Optional.of("its entries do not lie under one folder");
    }
    String root = roots.iterator().next() + "/";
    if (!names.contains(root + "data.pkl")) {
      return Optional.of("it has no data.pkl");
    }
    if (!names.contains(root + "version")) {
      return Optional.of("it has no version");
    }
    boolean code = names.stream().anyMatch(n -> n.startsWith(root + "code/") && n.endsWith(".py"));
    return code
        ? Optional.empty()
        : Optional.of("it has no code: saved weights are no TorchScript");
  }
}
