package dev.gatehouse.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Extraction, from jars with files that are no libraries. */
class NativeLibrariesTest {

  private static final String MACHINE = NativeLibraries.machine();
  private static final String BRIDGE = System.mapLibraryName("djl_torch");
  private static final byte[] LARGE = new byte[8 << 20];

  static {
    new Random(3).nextBytes(LARGE);
  }

  @TempDir Path folder;

  private Path jar(String flavor, String bridge) throws IOException {
    Path jar = folder.resolve(flavor + "-" + bridge + ".jar");
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      String properties =
          "version=2.3.1-2024\nflavor=%s\nclassifier=%s\nlibraries=liba.so,libb.so\n"
              .formatted(flavor, MACHINE);
      put(zip, "native/lib/pytorch.properties", properties);
      put(zip, "jnilib/pytorch.properties", "jni_version=" + bridge);
      put(zip, "jnilib/" + MACHINE + "/" + flavor + "/" + BRIDGE, "bridge of " + flavor);
      put(zip, "pytorch/" + flavor + "/" + MACHINE + "/liba.so", "a of " + flavor);
      zip.putNextEntry(new ZipEntry("pytorch/" + flavor + "/" + MACHINE + "/libb.so"));
      zip.write(LARGE);
    }
    return jar;
  }

  private static void put(ZipOutputStream zip, String name, String text) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static URLClassLoader classpath(Path... jars) throws IOException {
    List<URL> urls = new ArrayList<>();
    for (Path jar : jars) {
      urls.add(jar.toUri().toURL());
    }
    return new URLClassLoader(urls.toArray(URL[]::new), null);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void extract_fresh_allFilesAndNothingElse() throws Exception {
    try (URLClassLoader classpath = classpath(jar("cpu", "2.3.1-0.29.0"))) {
      NativeLibraries libraries = NativeLibraries.onClasspath(classpath);
      Path cache = folder.resolve("deep/cache");
      Path extracted = libraries.extractInto(cache);
      assertEquals(List.of("liba.so", "libb.so", BRIDGE), names(extracted));
      assertEquals("a of cpu", Files.readString(extracted.resolve("liba.so")));
      assertEquals("bridge of cpu", Files.readString(extracted.resolve(BRIDGE)));
      assertArrayEquals(LARGE, Files.readAllBytes(extracted.resolve("libb.so")));
      assertEquals(List.of("liba.so", "libb.so", BRIDGE), names(extracted));
      assertEquals(List.of(libraries.key(), libraries.key() + ".lock"), names(cache));
    }
  }

  @Test
  void extract_again_filesAreKept() throws Exception {
    try (URLClassLoader classpath = classpath(jar("cpu", "2.3.1-0.29.0"))) {
      NativeLibraries libraries = NativeLibraries.onClasspath(classpath);
      Path extracted = libraries.extractInto(folder.resolve("cache"));
      Object before = Files.readAttributes(extracted.resolve("liba.so"), "unix:ino").get("ino");
      libraries.extractInto(folder.resolve("cache"));
      assertEquals(
          before, Files.readAttributes(extracted.resolve("liba.so"), "unix:ino").get("ino"));
    }
  }

  private interface Damage {
    void to(Path extracted) throws IOException;
  }

  @Test
  void extract_tornFile_healed() throws Exception {
    heals(extracted -> Files.write(extracted.resolve("libb.so"), new byte[1000]));
  }

  @Test
  void extract_missingFile_healed() throws Exception {
    heals(extracted -> Files.delete(extracted.resolve("liba.so")));
  }

  @Test
  void extract_foreignFile_removed() throws Exception {
    heals(extracted -> Files.writeString(extracted.resolve("libforeign.so"), "not of ours"));
  }

  private void heals(Damage damage) throws IOException {
    try (URLClassLoader classpath = classpath(jar("cpu", "2.3.1-0.29.0"))) {
      NativeLibraries libraries = NativeLibraries.onClasspath(classpath);
      Path cache = folder.resolve("cache");
      Path extracted = libraries.extractInto(cache);
      damage.to(extracted);
      assertEquals(extracted, libraries.extractInto(cache));
      assertArrayEquals(LARGE, Files.readAllBytes(extracted.resolve("libb.so")));
      assertEquals(List.of("liba.so", "libb.so", BRIDGE), names(extracted));
      assertEquals(List.of(libraries.key(), libraries.key() + ".lock"), names(cache));
    }
  }

  @Test
  void extract_afterAKilledProcess_itsRemainsAreRemoved() throws Exception {
    try (URLClassLoader classpath = classpath(jar("cpu", "2.3.1-0.29.0"))) {
      NativeLibraries libraries = NativeLibraries.onClasspath(classpath);
      Path cache = Files.createDirectory(folder.resolve("cache"));
      Path remains = Files.createDirectory(cache.resolve(libraries.key() + ".partial-1"));
      Files.write(remains.resolve("libb.so"), new byte[1000]);
      libraries.extractInto(cache);
      assertEquals(List.of(libraries.key(), libraries.key() + ".lock"), names(cache));
    }
  }

  @Test
  void extract_folderEverybodyMayWrite_refused() throws Exception {
    try (URLClassLoader classpath = classpath(jar("cpu", "2.3.1-0.29.0"))) {
      NativeLibraries libraries = NativeLibraries.onClasspath(classpath);
      Path cache = Files.createDirectory(folder.resolve("cache"));
      Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
      assertThrows(IllegalStateException.class, () -> libraries.extractInto(cache));
    }
  }

  @Test
  void onClasspath_cudaBesideCpu_cudaIsTaken() throws Exception {
    Path cpu = jar("cpu", "2.3.1-0.29.0");
    try (URLClassLoader classpath = classpath(cpu, jar("cu121", "2.3.1-0.29.0"))) {
      NativeLibraries libraries = NativeLibraries.onClasspath(classpath);
      assertEquals("cu121", libraries.flavor());
      Path extracted = libraries.extractInto(folder.resolve("cache"));
      assertEquals("bridge of cu121", Files.readString(extracted.resolve(BRIDGE)));
    }
  }

  @Test
  void onClasspath_bridgeForAnotherLibtorch_refused() throws Exception {
    try (URLClassLoader classpath = classpath(jar("cpu", "2.7.1-0.34.0"))) {
      assertThrows(IllegalStateException.class, () -> NativeLibraries.onClasspath(classpath));
    }
  }

  @Test
  void onClasspath_nothing_refused() throws Exception {
    try (URLClassLoader classpath = classpath()) {
      IllegalStateException refusal =
          assertThrows(IllegalStateException.class, () -> NativeLibraries.onClasspath(classpath));
      assertTrue(String.valueOf(refusal.getMessage()).contains(MACHINE));
    }
  }

  /** A process of its own that extracts and prints whether all is there. */
  static final class Extract {
    public static void main(String[] arguments) throws IOException {
      try (URLClassLoader classpath = classpath(Path.of(arguments[0]))) {
        NativeLibraries libraries = NativeLibraries.onClasspath(classpath);
        System.exit(libraries.complete(libraries.extractInto(Path.of(arguments[1]))) ? 0 : 1);
      }
    }
  }

  @Test
  void extract_severalProcessesAtOnceOneKilled_allComplete() throws Exception {
    Path jar = jar("cpu", "2.3.1-0.29.0");
    Path cache = folder.resolve("cache");
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      processes.add(Children.start(List.of(), Extract.class, jar.toString(), cache.toString()));
    }
    processes.getFirst().destroyForcibly();
    for (Process process : processes.subList(1, 4)) {
      assertTrue(process.waitFor(120, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
    }
    try (URLClassLoader classpath = classpath(jar)) {
      NativeLibraries libraries = NativeLibraries.onClasspath(classpath);
      assertTrue(libraries.complete(cache.resolve(libraries.key())));
      assertFalse(libraries.complete(cache));
    }
  }
}
