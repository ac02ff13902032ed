import type {
  ErasePersonalDataRequest,
  ExportPersonalDataRequest,
} from '@purser/contracts/common/v1/privacy'
import type { Subjects } from '../store/personal-data.ts'

/** Whose data a request means. */
export function subjectsOf({
  accountIds,
  emails,
}: ExportPersonalDataRequest | ErasePersonalDataRequest): Subjects {
  return { accountIds, emails: emails.map((email) => email.toLowerCase()) }
}
