package dev.gatehouse.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** The folders of the build, and folders that end with their server. */
public final class Folders {

  private Folders() {}

  /** The build's output folder. */
  static Path build() {
    return Path.of(System.getProperty("gatehouse.build.directory", "target")).toAbsolutePath();
  }

  /** A file of the project. */
  public static Path project(String path) {
    Path parent = build().getParent();
    if (parent == null) {
      throw new IllegalStateException("the build folder lies in no project: " + build());
    }
    return parent.resolve(path);
  }

  /** A new folder in the build folder, readable by this user only. */
  public static Path create(String prefix) {
    try {
      Path servers = Files.createDirectories(build().resolve("servers"));
      return Files.createTempDirectory(servers, prefix);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes a folder with everything in it; links are removed, what they lead to is not. */
  public static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try {
      Files.walkFileTree(folder, new Deletion());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
        throws IOException {
      Files.deleteIfExists(folder);
      return FileVisitResult.CONTINUE;
    }
  }
}
