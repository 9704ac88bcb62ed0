package dev.gatehouse.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A panel drawn as SVG, so that documents show what a dashboard shows: lines over time, at most
 * {@link #LINES_MAX} of them, the highest.
 *
 * @param title the panel's
 * @param unit as Grafana names it
 * @param lines what is drawn
 */
public record Picture(String title, String unit, List<Line> lines) {

  /** The most lines in one picture. */
  static final int LINES_MAX = 8;

  private static final String[] COLOURS = {
    "#3274d9", "#e0752d", "#2f9e44", "#c4162a", "#8f3bb8", "#b8860b", "#00838f", "#737373"
  };

  private static final int LEFT = 60;
  private static final int RIGHT = 630;
  private static final int TOP = 34;
  private static final int BOTTOM = 190;
  private static final int GRID = 4;
  private static final int LEGEND_COLUMNS = 3;
  private static final int LEGEND_LINE = 16;
  private static final Pattern LABEL = Pattern.compile("\\{\\{(\\w+)}}");

  /**
   * One series.
   *
   * @param name its legend
   * @param samples pairs of second and value, as Prometheus gives them
   */
  public record Line(String name, JsonNode samples) {

    /** The series that Prometheus answered, named after the panel's legend. */
    public static List<Line> of(JsonNode result, String legend) {
      List<Line> lines = new ArrayList<>();
      for (JsonNode series : result) {
        String name =
            LABEL
                .matcher(legend)
                .replaceAll(
                    label ->
                        Matcher.quoteReplacement(
                            series.path("metric").path(label.group(1)).asText()));
        lines.add(new Line(name, series.path("values")));
      }
      return lines;
    }

    private double highest() {
      double highest = 0;
      for (JsonNode sample : samples) {
        double value = value(sample);
        highest = Double.isFinite(value) ? Math.max(highest, value) : highest;
      }
      return highest;
    }
  }

  private static double value(JsonNode sample) {
    String text = sample.path(1).asText();
    return text.endsWith("Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  /** The picture between two times, in seconds since 1970. */
  public String svg(double from, double to) {
    List<Line> drawn =
        lines.stream()
            .sorted(Comparator.comparingDouble(Line::highest).reversed())
            .limit(LINES_MAX)
            .toList();
    double top = roundUp(drawn.isEmpty() ? 0 : drawn.getFirst().highest());
    int rows = (drawn.size() + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 %d" font-family="sans-serif" \
        font-size="11" fill="#777777">
        <text x="8" y="18" font-size="14">%s</text>
        """
            .formatted(BOTTOM + 26 + rows * LEGEND_LINE, title));
    for (int i = 0; i <= GRID; i++) {
      double y = BOTTOM - (double) (BOTTOM - TOP) * i / GRID;
      line(svg, "<path d=\"M%d %.1fH%d\" stroke=\"#77777755\"/>", LEFT, y, RIGHT);
      line(
          svg,
          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
          LEFT - 5,
          y + 4,
          label(top * i / GRID));
    }
    line(svg, "<text x=\"%d\" y=\"%d\">0 s</text>", LEFT, BOTTOM + 15);
    line(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.0f s</text>",
        RIGHT,
        BOTTOM + 15,
        to - from);
    for (int i = 0; i < drawn.size(); i++) {
      int x = LEFT + i % LEGEND_COLUMNS * 190;
      int y = BOTTOM + 34 + i / LEGEND_COLUMNS * LEGEND_LINE;
      line(svg, "<path d=\"M%d %dh12\" stroke=\"%s\" stroke-width=\"3\"/>", x, y - 4, COLOURS[i]);
      line(svg, "<text x=\"%d\" y=\"%d\">%s</text>", x + 17, y, drawn.get(i).name());
      String path = path(drawn.get(i), from, to, top);
      line(
          svg,
          "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>",
          path,
          COLOURS[i]);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void line(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  /** A line is broken where there is no number. */
  private static String path(Line line, double from, double to, double top) {
    StringBuilder path = new StringBuilder();
    char step = 'M';
    for (JsonNode sample : line.samples()) {
      double value = value(sample);
      if (!Double.isFinite(value)) {
        step = 'M';
        continue;
      }
      double x = LEFT + (RIGHT - LEFT) * (sample.path(0).asDouble() - from) / (to - from);
      double y = BOTTOM - (BOTTOM - TOP) * value / top;
      path.append(String.format(Locale.ROOT, "%c%.1f %.1f", step, x, y));
      step = 'L';
    }
    return path.toString();
  }

  /** The next of 1, 2, 5 times a power of ten. */
  private static double roundUp(double value) {
    if (value <= 0) {
      return 1;
    }
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    for (int factor : new int[] {1, 2, 5}) {
      if (value <= factor * power) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  private String label(double value) {
    return switch (unit) {
      case "percentunit" -> String.format(Locale.ROOT, "%.0f %%", value * 100);
      case "s" -> value < 1 ? String.format(Locale.ROOT, "%.3g ms", value * 1000) : value + " s";
      default -> String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f" : "%.3g", value);
    };
  }
}
