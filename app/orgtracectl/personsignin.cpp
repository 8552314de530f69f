#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

#include <QProcess>
#include <QStandardPaths>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

// This program has no display of its own (it links no Gui, which QDesktopServices would want), so that it asks the desktop's own opener.
void openBrowser(const QUrl &page)
{
    if (!qEnvironmentVariableIsSet("DISPLAY") && !qEnvironmentVariableIsSet("WAYLAND_DISPLAY")) {
        return;
    }
    QProcess opener;
    opener.setProgram(QStandardPaths::findExecutable(u"xdg-open"_s));
    if (opener.program().isEmpty()) {
        return;
    }
    opener.setArguments({QString::fromLatin1(page.toEncoded())}); // no secret: the verifier stays here
    opener.setStandardInputFile(QProcess::nullDevice());
    opener.setStandardOutputFile(QProcess::nullDevice());
    opener.setStandardErrorFile(QProcess::nullDevice());
    opener.startDetached(); // where that fails, the address is printed already
}

} // namespace

Operations::PersonSignIn personAtTheTerminal(const Output &out, bool opensBrowser)
{
    Operations::PersonSignIn person;
    person.show = [out, opensBrowser](const QUrl &page) {
        out.signIn(page);
        if (opensBrowser) {
            openBrowser(page);
        }
    };
    person.refused = [out](const QString &why) { out.warning(u"turned away while waiting for the sign-in: "_s + why); };
    person.expiring = [out](qint64 secondsLeft) {
        out.warning(u"this sign-in ends in %1 minutes and cannot be renewed silently; you will be asked to sign in again"_s.arg(
            std::max<qint64>(1, secondsLeft / 60)));
    };
    return person;
}

void addSignInOptions(CLI::App &command, Context &context)
{
    command.add_flag("--no-browser", context.noBrowser, "Where a person signs in: only print the address, open no browser");
}

} // namespace Orgtrace::Ctl
