package dev.gatehouse.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * libtorch and DJL's bridge to it, as they lie in jars on the classpath.
 *
 * <p>{@code native/lib/pytorch.properties} names version, flavor, classifier and files; those are
 * at {@code pytorch/<flavor>/<classifier>/}, and the bridge at {@code
 * jnilib/<classifier>/<flavor>/}. Operating systems load libraries from files only, so they are
 * extracted once into a cache folder.
 *
 * @param version of libtorch, such as {@code 2.3.1-20240621}
 * @param flavor {@code cpu}, or such as {@code cu121}
 * @param classifier operating system and processor, such as {@code linux-x86_64}
 * @param bridge version of the bridge, such as {@code 2.3.1-0.29.0}
 * @param files for each file name where it lies
 */
record NativeLibraries(
    String version, String flavor, String classifier, String bridge, Map<String, URL> files) {

  private static final Logger LOG = Logger.getLogger(NativeLibraries.class);
  private static final String PARTIAL = ".partial-";

  NativeLibraries {
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
  }

  /**
   * The libraries for this machine; those for CUDA where several lie on the classpath.
   *
   * @throws IllegalStateException if there are none, or those there do not fit together
   */
  static NativeLibraries onClasspath(ClassLoader classpath) {
    String machine = machine();
    try {
      List<Properties> fitting = new ArrayList<>();
      for (URL url : Collections.list(classpath.getResources("native/lib/pytorch.properties"))) {
        Properties properties = read(url);
        if (properties.getProperty("classifier", "").equals(machine)
            && properties.containsKey("libraries")) {
          fitting.add(properties);
        }
      }
      Properties chosen =
          fitting.stream()
              .max(Comparator.comparing(properties -> properties.getProperty("flavor", "")))
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "no native libraries of PyTorch for " + machine + " on the classpath"));
      return of(classpath, chosen);
    } catch (IOException e) {
      throw new UncheckedIOException("the native libraries cannot be read", e);
    }
  }

  private static NativeLibraries of(ClassLoader classpath, Properties chosen) throws IOException {
    String version = chosen.getProperty("version", "");
    String flavor = chosen.getProperty("flavor", "");
    String classifier = chosen.getProperty("classifier", "");
    String bridge =
        read(resource(classpath, "jnilib/pytorch.properties")).getProperty("jni_version", "");
    if (!bridge.startsWith(version.replaceFirst("-.*", "") + "-")) {
      throw new IllegalStateException("DJL's bridge " + bridge + " is not for libtorch " + version);
    }
    Map<String, URL> files = new LinkedHashMap<>();
    for (String name : chosen.getProperty("libraries").split(",", -1)) {
      files.put(name, resource(classpath, "pytorch/" + flavor + "/" + classifier + "/" + name));
    }
    String library = System.mapLibraryName("djl_torch");
    files.put(library, resource(classpath, "jnilib/" + classifier + "/" + flavor + "/" + library));
    return new NativeLibraries(version, flavor, classifier, bridge, files);
  }

  private static URL resource(ClassLoader classpath, String path) {
    URL url = classpath.getResource(path);
    if (url == null) {
      throw new IllegalStateException("not on the classpath: " + path);
    }
    return url;
  }

  private static Properties read(URL url) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = open(url).getInputStream()) {
      properties.load(in);
    }
    return properties;
  }

  /** Unshared, because the cache of connections would keep the jar open. */
  private static URLConnection open(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false);
    return connection;
  }

  private static String machine() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "");
    String system = os.startsWith("win") ? "win" : os.startsWith("mac") ? "osx" : "linux";
    return system + "-" + (arch.equals("amd64") ? "x86_64" : arch);
  }

  /**
   * Sees to it that all files lie complete in a folder of {@code cache}, and returns that folder.
   *
   * <p>Several processes may do this at once, and any may be killed while it does: files are
   * written to a folder beside, which takes the final name in one rename. A folder in which a file
   * is missing or has another size than in the jar is replaced.
   *
   * @throws IllegalStateException if everybody may write to the cache
   * @throws UncheckedIOException if it cannot be read or written
   */
  Path extractInto(Path cache) {
    try {
      Path folder = cache.toAbsolutePath().resolve(key());
      if (!complete(folder)) {
        createPrivately(cache);
        extractLocked(cache, folder);
      }
      refuseWritableByAll(cache);
      refuseWritableByAll(folder);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("the native libraries cannot be extracted", e);
    }
  }

  String key() {
    return "pytorch-" + version + "-" + flavor + "-" + classifier + "-jni-" + bridge;
  }

  boolean complete(Path folder) throws IOException {
    for (Map.Entry<String, URL> file : files.entrySet()) {
      Path path = folder.resolve(file.getKey());
      if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
          || Files.size(path) != size(file.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static long size(URL url) throws IOException {
    URLConnection connection = open(url);
    try (InputStream in = connection.getInputStream()) {
      long announced = connection.getContentLengthLong();
      return announced >= 0 ? announced : in.transferTo(java.io.OutputStream.nullOutputStream());
    }
  }

  private void extractLocked(Path cache, Path folder) throws IOException {
    Path lockFile = cache.resolve(key() + ".lock");
    synchronized (NativeLibraries.class) { // a file lock is the whole process's
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        LOG.debugf("holding %s", lock);
        if (!complete(folder)) {
          removeLeftovers(cache);
          extract(cache, folder);
        }
      }
    }
  }

  private void extract(Path cache, Path folder) throws IOException {
    LOG.infof("extracting the native libraries of PyTorch %s (%s)", version, flavor);
    Path partial = Files.createTempDirectory(cache, key() + PARTIAL);
    for (Map.Entry<String, URL> file : files.entrySet()) {
      try (InputStream in = open(file.getValue()).getInputStream()) {
        Files.copy(in, partial.resolve(file.getKey()));
      }
    }
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      // Moved, not deleted: a process that has loaded from it keeps its files.
      Path torn = Files.createTempDirectory(cache, key() + PARTIAL);
      Files.move(folder, torn.resolve("torn"), StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
    removeLeftovers(cache);
  }

  /** What a killed process left; only with the lock held, so nobody is writing there. */
  private void removeLeftovers(Path cache) throws IOException {
    try (Stream<Path> entries = Files.list(cache)) {
      for (Path entry : entries.toList()) {
        if (entry.getFileName().toString().startsWith(key() + PARTIAL)) {
          removeTree(entry);
        }
      }
    }
  }

  private static void removeTree(Path root) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  private static void createPrivately(Path cache) throws IOException {
    if (Files.isDirectory(cache)) {
      return;
    }
    Path parent = cache.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (posix(parent == null ? cache.toAbsolutePath() : parent)) {
      var mode = PosixFilePermissions.fromString("rwx------");
      Files.createDirectories(cache, PosixFilePermissions.asFileAttribute(mode));
    } else {
      Files.createDirectories(cache);
    }
  }

  private static void refuseWritableByAll(Path folder) throws IOException {
    if (!posix(folder)) {
      return;
    }
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(folder);
    if (mode.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IllegalStateException(
          "the folder of the native libraries can be written by everybody");
    }
  }

  private static boolean posix(Path path) throws IOException {
    FileStore store = Files.getFileStore(path);
    return store.supportsFileAttributeView("posix");
  }
}
