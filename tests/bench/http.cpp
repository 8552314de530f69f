#include "http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

namespace Orgtrace::Bench {

namespace {
constexpr size_t Piece = size_t{256} * 1024;

[[noreturn]] void giveUp(const std::string &why)
{
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(3);
}

bool sendAll(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
}

void setNoDelay(int fd)
{
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

size_t lengthIn(std::string_view head)
{
    std::string lower(head);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const size_t at = lower.find("\r\ncontent-length:");
    return at == std::string::npos ? 0 : std::strtoull(lower.c_str() + at + 17, nullptr, 10);
}

std::atomic<size_t> chosen = 0;
std::atomic<long> misses = 0;

std::string plain(const std::string &body)
{
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

void serveOne(int fd, const std::vector<Answers> *sets)
{
    setNoDelay(fd);
    std::string buffer;
    std::vector<char> piece(Piece);
    const std::string missing = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    for (;;) {
        size_t end = 0;
        while ((end = buffer.find("\r\n\r\n")) == std::string::npos
               || buffer.size() < end + 4 + lengthIn(std::string_view(buffer).substr(0, end))) {
            const ssize_t got = ::recv(fd, piece.data(), piece.size(), 0);
            if (got <= 0) {
                ::close(fd);
                return;
            }
            buffer.append(piece.data(), static_cast<size_t>(got));
        }
        const std::string_view head = std::string_view(buffer).substr(0, end);
        const std::string_view asked = head.substr(0, head.find(" HTTP/"));
        bool good = true;
        if (asked.starts_with("GET /bench/set/")) {
            chosen = static_cast<size_t>(std::strtoul(std::string(asked.substr(15)).c_str(), nullptr, 10));
            good = sendAll(fd, plain("{}"));
        } else if (asked == "GET /bench/misses") {
            good = sendAll(fd, plain(std::to_string(misses.load())));
        } else {
            const Answers &answers = (*sets)[std::min(chosen.load(), sets->size() - 1)];
            const auto found = answers.find(asked);
            if (found == answers.end()) {
                ++misses;
                std::fprintf(stderr, "bench: nobody prepared an answer to %.*s\n", static_cast<int>(asked.size()), asked.data());
            }
            good = sendAll(fd, found == answers.end() ? missing : found->second);
        }
        buffer.erase(0, end + 4 + lengthIn(head));
        if (!good) {
            ::close(fd);
            return;
        }
    }
}
} // namespace

PlainClient::PlainClient(std::string host, int port) : m_host(std::move(host)), m_port(port)
{
    m_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    ::inet_pton(AF_INET, m_host.c_str(), &address.sin_addr);
    if (m_fd < 0 || ::connect(m_fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        giveUp("cannot connect to port " + std::to_string(port));
    setNoDelay(m_fd);
}

PlainClient::~PlainClient()
{
    ::close(m_fd);
}

bool PlainClient::fill()
{
    const size_t before = m_buffer.size();
    m_buffer.resize(before + Piece);
    const ssize_t got = ::recv(m_fd, m_buffer.data() + before, Piece, 0);
    m_buffer.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    return got > 0;
}

const PlainClient::Reply &PlainClient::send(std::string_view method, std::string_view target, std::string_view headers,
                                            std::string_view body)
{
    m_reply = {};
    std::string request;
    request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(m_host).append("\r\n").append(headers);
    if (!body.empty())
        request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    request.append("\r\n").append(body);
    m_buffer.clear();
    if (!sendAll(m_fd, request))
        return m_reply;
    size_t end = 0;
    while ((end = m_buffer.find("\r\n\r\n")) == std::string::npos) {
        if (!fill())
            return m_reply;
    }
    m_reply.head = m_buffer.substr(0, end + 4);
    const size_t whole = end + 4 + lengthIn(m_reply.head);
    while (m_buffer.size() < whole) {
        if (!fill())
            return m_reply;
    }
    m_reply.body = m_buffer.substr(end + 4);
    m_reply.status = std::atoi(m_reply.head.c_str() + std::min<size_t>(9, m_reply.head.size()));
    return m_reply;
}

void save(const std::string &file, const Answers &answers)
{
    std::ofstream out(file, std::ios::binary);
    for (const auto &[asked, answer] : answers)
        out << asked.size() << ' ' << answer.size() << '\n' << asked << answer;
    if (!out.flush())
        giveUp("cannot write " + file);
}

Answers load(const std::string &file)
{
    Answers out;
    std::ifstream in(file, std::ios::binary);
    size_t asked = 0, answer = 0;
    while (in >> asked >> answer && in.get() == '\n') {
        std::string name(asked, '\0'), bytes(answer, '\0');
        in.read(name.data(), static_cast<std::streamsize>(asked));
        in.read(bytes.data(), static_cast<std::streamsize>(answer));
        out.emplace(std::move(name), std::move(bytes));
    }
    return out;
}

int serve(const std::vector<std::string> &files)
{
    static std::vector<Answers> sets;
    for (const std::string &file : files)
        sets.push_back(load(file));
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener, reinterpret_cast<const sockaddr *>(&address), size) != 0 || ::listen(listener, 64) != 0
        || ::getsockname(listener, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        giveUp("cannot listen");
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    for (;;) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0)
            std::thread(serveOne, fd, &sets).detach();
    }
}

} // namespace Orgtrace::Bench
