"""What the tests with debuginfod servers share."""
import contextlib
import http.server
import subprocess
import sys
import threading


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def build_id(path):
    out = subprocess.run(["readelf", "-n", path], check=True, capture_output=True, text=True).stdout
    return out.split("Build ID: ")[1].split()[0]


@contextlib.contextmanager
def server(answer):
    """A server on loopback; `answer(path)` gives the bytes to send, None for 404, or hangs."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = answer(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
