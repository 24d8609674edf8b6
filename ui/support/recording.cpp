// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/support/recording.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/support/format.h"

#include <QFileInfo>

namespace swb::ui {
namespace {

constexpr int kCheckpointMs = 1000;

} // namespace

Recording::Recording(EngineBridge& bridge, QString folder, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_folder(std::move(folder))
    , m_work(bridge.waker())
{
    connect(&bridge, &EngineBridge::frame, this, &Recording::take);
    m_checkpoint.setInterval(kCheckpointMs);
    connect(&m_checkpoint, &QTimer::timeout, this, &Recording::keepSafe);
    if (!m_folder.isEmpty())
        m_checkpoint.start();
}

Recording::~Recording() = default;

void Recording::keepSafe()
{
    const trace::TraceTotals& totals = m_bridge.store().totals();
    const std::uint64_t now = totals.operations + totals.completed + totals.failed + totals.aborted;
    if (now == m_checked)
        return;
    m_checked = now;
    m_bridge.checkpoint();
}

void Recording::start(Work work)
{
    if (m_work.isRunning()) {
        emit failed(tr("Another file is still being written; wait for it, or cancel it."));
        return;
    }
    m_work.start([work = std::move(work)](trace::QueryControl& control) -> std::optional<Answer> {
        try {
            return work([&control](std::uint64_t done, std::uint64_t total) {
                control.setPermille(total == 0 ? 0 : static_cast<int>(done * 1000 / total));
                return !control.isStopped();
            });
        } catch (const std::exception& error) {
            return Answer{false, QString::fromUtf8(error.what())};
        }
    });
    emit busyChanged(true);
}

void Recording::take()
{
    const auto answer = m_work.take();
    if (!answer)
        return;
    emit busyChanged(false);
    if (answer->ok)
        emit written(answer->text);
    else
        emit failed(answer->text);
}

void Recording::cancel()
{
    if (!m_work.isRunning())
        return;
    m_work.cancel();
    emit busyChanged(false);
    emit failed(tr("Cancelled; nothing was written."));
}

void Recording::save(const QString& path)
{
    m_bridge.flush();
    const std::uint64_t lost = m_bridge.lostBeforeStore();
    const std::uint64_t rows = m_bridge.store().rowCount();
    start([&store = m_bridge.store(), path, lost, rows](const trace::Progress& progress) {
        trace::saveTrace(store, path.toStdString(), {{}, lost, progress});
        return Answer{true,
            tr("Saved %1 operations as %2. swb trace info and swb trace convert read it.")
                .arg(groupedNumber(rows), path)};
    });
}

std::optional<trace::ExportFormat> Recording::formatOf(const QString& path)
{
    const QString ending = QFileInfo(path).suffix().toLower();
    return trace::exportFormatFromString(
        (ending == QLatin1String("json") ? QStringLiteral("perfetto") : ending).toStdString());
}

void Recording::exportTo(const QString& path)
{
    const auto format = formatOf(path);
    if (!format) {
        emit failed(tr("%1 has no ending that says what to write. Choose .csv, .jsonl, .json (for "
                       "ui.perfetto.dev) or .pcapng.")
                        .arg(path));
        return;
    }
    m_bridge.flush();
    start([&store = m_bridge.store(), path, format = *format](const trace::Progress& progress) {
        const auto result
            = trace::exportTraceToFile(store, format, path.toStdString(), {{}, progress});
        QString text
            = tr("Exported %1 operations as %2.").arg(groupedNumber(result.operations), path);
        if (result.bytesNotKept > 0)
            text += u' '
                + tr("Of %1 bytes only the number is in it: their content was not kept.")
                      .arg(groupedNumber(result.bytesNotKept));
        return Answer{true, text};
    });
}

std::vector<trace::UnfinishedTrace> Recording::unfinished() const
{
    return m_folder.isEmpty() ? std::vector<trace::UnfinishedTrace>{}
                              : trace::findUnfinishedTraces(m_folder.toStdString());
}

void Recording::recover(const trace::UnfinishedTrace& unfinished, const QString& path)
{
    start([part = unfinished.path, path](const trace::Progress& progress) {
        const trace::OpenedTrace opened = trace::openTrace(part, {progress});
        const std::uint64_t rows = opened.store->rowCount();
        trace::saveTrace(*opened.store, path.toStdString(), {{}, 0, progress});
        trace::removeUnfinishedTrace(part);
        return Answer{true,
            tr("Recovered %1 operations as %2. %3")
                .arg(
                    groupedNumber(rows), path, QString::fromStdString(opened.condition.message()))};
    });
}

} // namespace swb::ui
