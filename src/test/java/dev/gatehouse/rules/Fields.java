package dev.gatehouse.rules;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The fields of one thing in a YAML file; each must be there, and none that nobody asks for. */
final class Fields {

  private final String place;
  private final Map<String, Object> values;
  private final Set<String> read = new TreeSet<>();

  private Fields(String place, Map<String, Object> values) {
    this.place = place;
    this.values = values;
  }

  /** The fields of what was loaded, which errors call {@code place}. */
  static Fields of(String place, Object loaded) {
    if (!(loaded instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException(place + " has no fields");
    }
    Map<String, Object> values = new LinkedHashMap<>();
    map.forEach((key, value) -> values.put(String.valueOf(key), value));
    return new Fields(place, values);
  }

  /** A text or number, not empty. */
  String text(String name) {
    String text = String.valueOf(value(name)).strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException(place + " has an empty " + name);
    }
    return text;
  }

  /** A text or number, or {@code other} if the field is not there. */
  String textOr(String name, String other) {
    read.add(name);
    return values.containsKey(name) ? text(name) : other;
  }

  /** Whether a field is there and not an empty list. */
  boolean has(String name) {
    read.add(name);
    return values.get(name) != null && !List.of().equals(values.get(name));
  }

  /** Texts, at least one. */
  List<String> texts(String name) {
    return elements(name).stream().map(String::valueOf).toList();
  }

  /** Things that have fields themselves, at least one. */
  List<Fields> list(String name) {
    return elements(name).stream().map(element -> of(place + "." + name, element)).toList();
  }

  /** Things with names of their own. */
  Map<String, Fields> fields(String name) {
    Map<String, Fields> all = new TreeMap<>();
    of(place + "." + name, value(name))
        .values
        .forEach((key, element) -> all.put(key, of(place + "." + name + "." + key, element)));
    return all;
  }

  /** Ends the reading: throws if a field was not asked for. */
  void end() {
    Set<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(read);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(place + " has unknown fields " + unknown);
    }
  }

  private List<?> elements(String name) {
    if (!(value(name) instanceof List<?> elements) || elements.isEmpty()) {
      throw new IllegalArgumentException(place + " has no list " + name);
    }
    return elements;
  }

  private Object value(String name) {
    read.add(name);
    Object value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(place + " lacks " + name + ": " + values);
    }
    return value;
  }
}
