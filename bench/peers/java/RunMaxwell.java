import com.zendesk.maxwell.Maxwell;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/** Runs Maxwell with standard output as its producer until as many lines have been written as the range has rows. */
public final class RunMaxwell {
  public static void main(String[] args) {
    PeerRange range = new PeerRange(args);
    OutputStream output = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16);
    System.setOut(new PrintStream(new CountedLines(output, range.number("rows")), false));
    long id = ProcessHandle.current().pid();
    Maxwell.main(
        new String[] {
          "--host=" + range.text("host"),
          "--port=" + range.text("port"),
          "--user=" + range.text("user"),
          "--password=" + range.text("password"),
          "--ssl=DISABLED",
          "--jdbc_options=allowPublicKeyRetrieval=true&useSSL=false",
          "--client_id=bench_" + id,
          "--replica_server_id=" + (1_000_000_000 + id),
          "--init_position=" + range.text("file") + ":" + range.text("position"),
          "--filter=exclude: *.*, include: bench.*",
          "--producer=stdout",
          "--log_level=error",
        });
  }

  /** Ends the process when enough lines have gone through. */
  private static final class CountedLines extends OutputStream {
    private final OutputStream output;
    private final long wanted;
    private long lines = 0;

    CountedLines(OutputStream output, long wanted) {
      this.output = output;
      this.wanted = wanted;
    }

    @Override
    public void write(int value) throws IOException {
      output.write(value);
      if (value == '\n') counted();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      output.write(bytes, offset, length);
      for (int at = offset; at < offset + length; at += 1) {
        if (bytes[at] == '\n') counted();
      }
    }

    private void counted() throws IOException {
      lines += 1;
      if (lines < wanted) return;
      output.flush();
      System.err.println("{\"rows\":" + lines + "}");
      Runtime.getRuntime().halt(0);
    }
  }
}
