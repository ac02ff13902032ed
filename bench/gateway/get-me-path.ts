/** The measured route: `UserService.GetMe`, a person's read that the contract asks `user.self.read` for. */
export const GET_ME_PATH = '/api/v1/users/me'
