#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace Orgtrace::Bench {

/// The plainest client there is: one keep-alive connection, one request at a time, blocking. What it needs is what the bytes cost by themselves.
class PlainClient
{
public:
    PlainClient(std::string host, int port);
    ~PlainClient();
    PlainClient(const PlainClient &) = delete;
    PlainClient &operator=(const PlainClient &) = delete;
    struct Reply {
        int status = 0; ///< 0: no answer
        std::string head, body;
    };
    /// The body stays valid until the next call.
    const Reply &send(std::string_view method, std::string_view target, std::string_view headers = {}, std::string_view body = {});

private:
    bool fill();
    std::string m_host, m_buffer;
    int m_port, m_fd = -1;
    Reply m_reply;
};

/// Answers by "GET /path?query", whole, as they go over the wire. The last set is the one that is served.
using Answers = std::map<std::string, std::string, std::less<>>;
void save(const std::string &file, const Answers &answers);
[[nodiscard]] Answers load(const std::string &file);

/// Serves prepared bytes from a thread for each connection, until the process is killed. "POST /oauth/token" must be among them. `GET /bench/set/N` chooses a set,
/// `GET /bench/misses` tells how many requests had no answer. Prints its port.
int serve(const std::vector<std::string> &files);

} // namespace Orgtrace::Bench
