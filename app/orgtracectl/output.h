#pragma once

#include "base/error.h"
#include "json/node.h"

#include <QString>
#include <QUrl>

namespace Orgtrace::Ctl {

/// Where commands write. Text for people goes through safe(), so that nothing captured can steer a terminal; with --json one document goes to
/// standard output and errors as {"error":{"code","message","where"}} to standard error.
class Output
{
public:
    explicit Output(bool json);

    [[nodiscard]] bool isJson() const { return m_json; }
    void line(const QString &text) const; ///< to standard output, made safe; one line, whatever is in it: line ends in it are shown as ␤
    void text(const QString &text) const; ///< a document of several lines to standard output, made safe
    void raw(const QByteArray &bytes) const; ///< evidence asked for as it is (show, unified diffs into a file)
    void document(const Json::Node &node) const; ///< the --json answer
    void note(const QString &text) const; ///< one line to standard error; not with --json
    void progress(const QString &text) const; ///< one rewritten line on standard error, only on a terminal
    void endProgress() const;
    void signIn(const QUrl &page) const; ///< where a person signs in, to standard error; with --json as {"signIn":{"url"}}
    void warning(const QString &text) const; ///< one line to standard error; with --json as {"warning":{"message"}}

    /// Prints the failure and returns the exit status of the contract.
    [[nodiscard]] int fail(const Error &error) const;
    /// The same of what is no matter between us and the platform, such as a push: the detail says it all.
    [[nodiscard]] int failElsewhere(const Error &error) const;
    /// True where standard output is a terminal.
    [[nodiscard]] static bool isTerminal(int fd);

private:
    [[nodiscard]] int fail(const Error &error, const QString &what) const;

    bool m_json;
};

/// Control, bidirectional and other steering characters become visible symbols (U+2400 block, <U+202E>), but for line ends: those of a text of several lines.
[[nodiscard]] QString safe(const QString &text);
/// The same document with those characters escaped as \uXXXX inside its strings: what the core writes raw for git, a terminal must not obey.
[[nodiscard]] QByteArray safeJson(const QByteArray &json);

} // namespace Orgtrace::Ctl
