package dev.gatehouse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.gatehouse.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documents of the project lead to is there, and what they show compiles. */
final class DocumentsTest {

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)[^)]*\\)");
  private static final Pattern JAVA = Pattern.compile("(?s)\n```java\n(.*?)\n```\n");
  private static final int DEPTH_MAX = 5;

  @TempDir private Path folder;

  @Test
  void links_ofEveryDocument_leadToAFile() throws IOException {
    List<String> broken = new ArrayList<>();
    List<Path> documents = documents();
    assertTrue(documents.size() > 5);
    for (Path document : documents) {
      Path folder = document.resolveSibling(".");
      LINK.matcher(Files.readString(document))
          .results()
          .map(link -> link.group(1))
          .filter(link -> !link.contains("://") && !link.startsWith("mailto:"))
          .filter(link -> !Files.exists(folder.resolve(link)))
          .forEach(link -> broken.add(document.getFileName() + " → " + link));
    }
    assertEquals(List.of(), broken);
  }

  @Test
  void javaSamples_ofEveryDocument_compile() throws IOException {
    List<String> samples = new ArrayList<>();
    for (Path document : documents()) {
      JAVA.matcher(Files.readString(document))
          .results()
          .forEach(sample -> samples.add(sample.group(1)));
    }
    assertFalse(samples.isEmpty());
    for (int i = 0; i < samples.size(); i++) {
      JavaClasses compiled = SourceCompiler.compile(samples.get(i), folder.resolve("sample-" + i));
      assertFalse(compiled.isEmpty());
    }
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    for (String place : List.of("README.md", "CONTRIBUTING.md", "docs", "deploy")) {
      try (Stream<Path> files = Files.walk(Folders.project(place), DEPTH_MAX)) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
      }
    }
    return documents;
  }
}
