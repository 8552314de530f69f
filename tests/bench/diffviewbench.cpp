#include "compare/formats.h"
#include "diff/diffview.h"
#include "theme/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QImage>
#include <QProcess>
#include <QScrollBar>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

/// Two canonical lists of users in the diff view: time to the first aligned, highlighted screen, peak memory of the process, and what frames cost from end to
/// end; with the ratio to GNU diff on the same files in the same run. The lists are made by a process of their own, so that the peak is the view's.
namespace {

constexpr int Users = 10'000;
constexpr int Changed = 100;

void writeList(const QString &file, bool isNew, bool everyOne = false)
{
    QFile out(file);
    if (!out.open(QIODevice::WriteOnly)) {
        return;
    }
    out.write("[\n");
    for (int i = 0; i < Users; ++i) {
        const bool changes = everyOne || (isNew && i % (Users / Changed) == 7);
        QByteArray text = "  {\n    \"addresses\": [\n";
        for (int a = 0; a < 28; ++a) {
            text += "      {\n        \"address\": \"user" + QByteArray::number(i) + "." + QByteArray::number(a)
                + "@northwind.example\",\n        \"countryCode\": \"DE\",\n        \"mediaType\": \"PHONE\",\n"
                  "        \"type\": \"WORK\"\n      }"
                + (a < 27 ? ",\n" : "\n");
        }
        text += "    ],\n    \"department\": \"Service " + QByteArray::number(i % 40) + "\",\n    \"id\": \"c1f7aa00-1111-4222-8333-"
            + QByteArray::number(i).rightJustified(12, '0') + "\",\n    \"name\": \"User " + QByteArray::number(i)
            + "\",\n    \"roles\": [\n";
        for (int r = 0; r < 30; ++r) {
            text += "      \"67fe1b2c-0d0e-4f10-9121-" + QByteArray::number(r * 31 + i % 9).rightJustified(12, '0')
                + (r < 29 ? "\",\n" : "\"\n");
        }
        text += "    ],\n    \"title\": \"" + QByteArray(changes ? "Lead" : "Agent") + "\"\n  }";
        text += i + 1 < Users ? ",\n" : "\n";
        out.write(text);
    }
    out.write("]\n");
}

QByteArray readAll(const QString &file)
{
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
}

/// Processor time, so that a frame is not taken for slow where a neighbour had the core.
double threadMs()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) * 1000 + double(time.tv_nsec) / 1e6;
}

double peakMegabytes()
{
    for (const auto lines = readAll(u"/proc/self/status"_s).split('\n'); const QByteArray &line : lines) {
        if (line.startsWith("VmHWM:")) {
            return line.sliced(6).trimmed().split(' ').constFirst().toDouble() / 1000;
        }
    }
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    QApplication app(argc, argv);
    if (app.arguments().size() == 3 && app.arguments().at(1) == u"--make"_s) {
        writeList(app.arguments().at(2) + u"/a.json"_s, false);
        writeList(app.arguments().at(2) + u"/b.json"_s, true);
        writeList(app.arguments().at(2) + u"/c.json"_s, true, true);
        return 0;
    }
    Theme::apply(Theme::Scheme::Light);
    QTemporaryDir folder;
    QProcess::execute(app.applicationFilePath(), {u"--make"_s, folder.path()});
    const QString a = folder.filePath(u"a.json"_s), b = folder.filePath(u"b.json"_s);
    const auto gnu = [&] {
        QElapsedTimer timer;
        timer.start();
        QProcess diff;
        diff.setStandardOutputFile(QProcess::nullDevice());
        diff.start(u"diff"_s, {u"-u"_s, a, b});
        diff.waitForFinished(-1);
        return double(timer.nsecsElapsed()) / 1e6;
    };
    (void)gnu(); // the files are in the page cache from here on
    double gnuMs = gnu();
    gnuMs = std::min(gnuMs, gnu());

    DiffView view;
    view.resize(1440, 900);
    auto highlighter = std::make_shared<JsonHighlighter>(); // the window has made it long before
    view.setHighlighter(highlighter);
    QImage image(view.viewport()->size(), QImage::Format_ARGB32_Premultiplied);
    view.viewport()->render(&image);

    QElapsedTimer timer;
    timer.start();
    DiffRequest request;
    request.oldText = readAll(a);
    request.newText = readAll(b);
    const double size = double(request.oldText.size()) / 1e6;
    const double readMs = double(timer.nsecsElapsed()) / 1e6;
    request.rules.a = request.rules.b = Compare::fileRules();
    request.rules.ordered = true;
    const DiffDocumentPtr document = makeDocument(std::move(request));
    const double comparedMs = double(timer.nsecsElapsed()) / 1e6;
    view.setDocument(document);
    view.goToChange(0);
    view.viewport()->render(&image);
    const double firstMs = double(timer.nsecsElapsed()) / 1e6;

    const auto frames = [&](const char *what) {
        QList<double> times;
        QScrollBar *bar = view.verticalScrollBar();
        constexpr int Frames = 300;
        for (int i = 0; i < Frames; ++i) {
            const double before = threadMs();
            bar->setValue(int(qint64(bar->maximum()) * i / (Frames - 1)));
            view.viewport()->render(&image);
            times.append(threadMs() - before);
        }
        const double first = times.first(); // nothing of it is known yet
        std::ranges::sort(times);
        std::printf("%-28s median %6.2f ms   99th percentile %6.2f ms   worst %6.2f ms   first %6.2f ms   (%d lines shown)\n", what,
                    times[Frames / 2], times[Frames * 99 / 100], times.last(), first, view.folded().count());
    };
    std::printf("two lists of %d users, %.0f MB each, %d lines, %lld changes found\n", Users, size, document->right.count(),
                qlonglong(document->rows.changes.size()));
    std::printf("GNU diff -u                  %7.0f ms\n", gnuMs);
    std::printf("files read                   %7.0f ms\n", readMs);
    std::printf("fully compared               %7.0f ms   x%.2f of GNU diff\n", comparedMs, comparedMs / gnuMs);
    std::printf("first highlighted screen     %7.0f ms   x%.2f of GNU diff\n", firstMs, firstMs / gnuMs);
    std::printf("peak memory                  %7.0f MB\n", peakMegabytes());
    frames("scrolling, folded");
    view.unfoldAll();
    frames("scrolling, all unfolded");
    view.setOneColumn(true);
    frames("scrolling, one column");
    timer.restart();
    const qsizetype found = findMatches(*document, u"user 4242"_s).size();
    std::printf("find in both sides           %7.0f ms   (%lld found)\n", double(timer.nsecsElapsed()) / 1e6, qlonglong(found));
    std::printf("peak memory at the end       %7.0f MB\n", peakMegabytes());

    // Every user changed: nothing is spared.
    view.setDocument(nullptr);
    DiffRequest all;
    all.oldText = document->left.text();
    all.newText = readAll(folder.filePath(u"c.json"_s));
    all.rules.a = all.rules.b = Compare::fileRules();
    timer.restart();
    const DiffDocumentPtr changed = makeDocument(std::move(all));
    const double allMs = double(timer.nsecsElapsed()) / 1e6;
    std::printf("every user changed           %7.0f ms   (%lld changes, %.0f MB/s)\n", allMs, qlonglong(changed->rows.changes.size()),
                2 * size / allMs * 1000);
    view.setOneColumn(false);
    view.setDocument(changed);
    frames("scrolling, every one changed");

    // 200 lines of 1 MB, each changed at its end.
    QByteArray longOld = "{\n", longNew = "{\n";
    for (int i = 0; i < 100; ++i) {
        const QByteArray line = "  \"k" + QByteArray::number(1000 + i) + "\": \"" + QByteArray("some words ").repeated(95'000);
        const QByteArray end = i < 99 ? "\",\n" : "\"\n}\n";
        longOld += line + "old" + end;
        longNew += line + "new" + end;
    }
    view.setDocument(nullptr);
    timer.restart();
    const DiffDocumentPtr wide = makeDocument(longOld, longNew, {});
    std::printf("100 lines of 1 MB            %7.0f ms\n", double(timer.nsecsElapsed()) / 1e6);
    view.setDocument(wide);
    frames("scrolling, lines of 1 MB");
    const bool fine = document->rows.changes.size() == Changed && found > 0;
    return fine ? 0 : 1;
}
