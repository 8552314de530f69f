#include "orgtrace/windows.h"
#include "search/link.h"
#include "theme/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QFileInfo>
#include <QFontDatabase>

#include <cstdio>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {

int badUsage(const QString &text)
{
    std::fprintf(stderr, "orgtrace: %s\nTry --help.\n", qUtf8Printable(text));
    return 2;
}

} // namespace

int main(int argc, char *argv[])
{
    // Reports and pictures need no display: where there is none, they are made offscreen.
    const bool hasDisplay = qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY")
        || qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
    const bool isUnattended = std::any_of(argv, argv + argc, [](const char *argument) {
        return std::string_view(argument).starts_with("--report") || std::string_view(argument).starts_with("--screenshots");
    });
    if (!hasDisplay && isUnattended) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"orgtrace"_s);
    QCoreApplication::setOrganizationName(u"orgtrace"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(ORGTRACE_VERSION));
    QGuiApplication::setApplicationDisplayName(u"Orgtrace"_s);
    QGuiApplication::setDesktopFileName(u"org.orgtrace.orgtrace"_s);

    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"Forensic viewer for Genesys Cloud organisations: what changed, who did it, from where, how bad is it, who could have?"_s);
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(u"STORE"_s, u"Folder of the store to open, or an orgtrace:// link to a place in one."_s,
                                 u"[STORE|LINK]"_s);
    const QCommandLineOption demo(
        u"demo"_s, u"Start a simulated organisation, capture its month and open on it. With STORE: keep it in that new folder."_s);
    const QCommandLineOption report(
        u"report"_s, u"Write the redacted HTML report of the range shown to FILE and quit (with --window: stay)."_s, u"FILE"_s);
    const QCommandLineOption screenshots(
        u"screenshots"_s, u"Write every view as PNG, light and dark, to DIR and quit. Without STORE: of the demo."_s, u"DIR"_s);
    const QCommandLineOption scheme(u"scheme"_s, u"Use light or dark whatever the system says."_s, u"light|dark"_s);
    const QCommandLineOption window(u"window"_s, u"With --report: open the window as well."_s);
    parser.addOptions({demo, report, screenshots, scheme, window});
    if (!parser.parse(application.arguments())) {
        return badUsage(parser.errorText());
    }
    if (parser.isSet(u"help"_s)) {
        parser.showHelp(0);
    }
    if (parser.isSet(u"version"_s)) {
        parser.showVersion();
    }
    if (parser.positionalArguments().size() > 1) {
        return badUsage(u"one store at a time"_s);
    }

    App::Request request;
    request.store = parser.positionalArguments().value(0);
    request.demo = parser.isSet(demo);
    request.report = parser.value(report);
    request.screenshots = parser.value(screenshots);
    if (parser.isSet(report) && request.report.isEmpty()) {
        return badUsage(u"--report needs a file name"_s);
    }
    if (parser.isSet(screenshots) && request.screenshots.isEmpty()) {
        return badUsage(u"--screenshots needs a folder"_s);
    }
    if (Search::Link::isLink(request.store)) {
        request.link = std::exchange(request.store, QString());
        if (request.demo || !request.report.isEmpty() || !request.screenshots.isEmpty()) {
            return badUsage(u"a link opens the window on its place, and nothing else"_s);
        }
    }
    if (!request.store.isEmpty()) {
        request.store = QFileInfo(request.store).absoluteFilePath();
    }
    request.wantsWindow = !parser.isSet(report) || parser.isSet(window) || parser.isSet(screenshots);

    Ui::Theme::Scheme chosen = Ui::Theme::Scheme::System;
    if (parser.isSet(scheme)) {
        const QString name = parser.value(scheme);
        if (name != "light"_L1 && name != "dark"_L1) {
            return badUsage(u"--scheme is light or dark, not “%1”"_s.arg(name));
        }
        chosen = name == "dark"_L1 ? Ui::Theme::Scheme::Dark : Ui::Theme::Scheme::Light;
    }
    if (!request.screenshots.isEmpty() && QFontDatabase::hasFamily(u"Noto Sans"_s)) {
        QApplication::setFont(QFont(u"Noto Sans"_s, 10)); // the same pictures on every machine
    }
    Ui::Theme::apply(chosen);

    App::Windows windows(request);
    windows.start();
    return QApplication::exec();
}
